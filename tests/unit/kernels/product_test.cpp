// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/product.hpp"

#include <limits>

#include "each_simd_target.hpp"
#include "sample_floats.hpp"

using namespace shoal::kernels;

namespace {

struct Case {
  std::int64_t rows, depth, lanes;
};

std::int64_t padded(std::int64_t n) { return (n + 15) / 16 * 16; }

// Runs fast and reference with the same operands; C is stored with untouched numbers around it.
void compare(const Case& c, Start start, Finish finish, bool transposed_a) {
  CAPTURE(c.rows, c.depth, c.lanes, static_cast<int>(start), static_cast<int>(finish), transposed_a);
  const auto a = sample_floats(c.rows * c.depth, 1), b = sample_floats(c.depth * padded(c.lanes) + 16, 2);
  const auto bias = sample_floats(c.rows, 3), before = sample_floats((c.rows + 1) * (c.lanes + 5), 4);
  const auto mask = sample_floats((c.rows + 1) * (c.lanes + 5), 5);
  Product p;
  p.rows = c.rows, p.depth = c.depth, p.lanes = c.lanes;
  p.a = a.data(), p.a_row = transposed_a ? 1 : c.depth, p.a_depth = transposed_a ? c.rows : 1;
  p.b = b.data(), p.b_stride = padded(c.lanes);
  p.c_stride = c.lanes + 5;
  p.start = start, p.bias = bias.data(), p.bias_stride = 1;
  p.finish = finish, p.mask = mask.data();
  auto expected = before, computed = before;
  p.c = expected.data();
  product_reference(p);
  p.c = computed.data();
  product(p);
  REQUIRE(same_bits(expected, computed));
}

}  // namespace

TEST_CASE("the product gives the reference's bits for every tile, tail, start and finish", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t rows = 1; rows <= 13; ++rows) {
      for (const std::int64_t lanes : {1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64, 80}) {
        compare({rows, 5, lanes}, Start::bias, Finish::relu, false);
        compare({rows, 3, lanes}, Start::zero, Finish::mask, true);
        compare({rows, 4, lanes}, Start::add, Finish::none, false);
      }
    }
    for (const std::int64_t depth : {0, 1, 2, 97}) compare({9, depth, 50}, Start::bias, Finish::none, false);
    for (const std::int64_t depth : {256, 257, 384, 385}) {  // long sums are made in pieces
      compare({7, depth, 70}, Start::bias, Finish::relu, false);
      compare({7, depth, 70}, Start::zero, Finish::mask, true);
      compare({7, depth, 70}, Start::add, Finish::none, false);
      compare({50, depth, 170}, Start::bias, Finish::relu, false);  // and copied together
      compare({50, depth, 170}, Start::zero, Finish::mask, true);
    }
    for (const std::int64_t lanes : {0, 1}) compare({3, 2, lanes}, Start::zero, Finish::none, false);
  });
}

TEST_CASE("relu in the product keeps NaN, so that a broken training is noticed", "[unit]") {
  on_each_simd_target([] {
    const float a = 1;
    std::vector<float> b(16, -2.0f), c(16);
    b[3] = std::numeric_limits<float>::quiet_NaN();
    Product p;
    p.rows = p.depth = 1, p.lanes = 16, p.a = &a, p.b = b.data(), p.c = c.data();
    p.finish = Finish::relu;
    product(p);
    REQUIRE(c[3] != c[3]);
    REQUIRE(c[0] == 0.0f);
  });
}
