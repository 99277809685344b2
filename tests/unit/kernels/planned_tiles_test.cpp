// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/planned_tiles.hpp"

#include <algorithm>

#include "each_simd_target.hpp"
#include "sample_floats.hpp"

using namespace shoal::kernels;

namespace {

// C is stored with untouched numbers around it.
void compare_product(std::int64_t rows, std::int64_t depth, std::int64_t lanes, Start start, Finish finish, bool transposed_a) {
  CAPTURE(rows, depth, lanes, static_cast<int>(start), static_cast<int>(finish), transposed_a);
  const std::int64_t c_stride = lanes + 16;
  const auto a = sample_floats(rows * (depth + 1), 1), b = sample_floats(depth * lanes, 2);
  const auto before = sample_floats((rows + 1) * c_stride, 3), mask = sample_floats((rows + 1) * c_stride, 4);
  Product p;
  p.rows = rows, p.depth = depth, p.lanes = lanes;
  p.a = a.data(), p.a_row = transposed_a ? 1 : depth + 1, p.a_depth = transposed_a ? rows : 1;
  p.b = b.data(), p.b_stride = lanes;
  p.c_stride = c_stride;
  p.start = start, p.bias = a.data() + depth, p.bias_stride = p.a_row;
  p.finish = finish, p.mask = mask.data();
  auto expected = before, computed = before;
  p.c = expected.data();
  product_reference(p);
  p.c = computed.data();
  std::vector<Tile> tiles;
  plan_product(p, tiles);
  REQUIRE(same_bits(computed, before));  // a plan computes nothing yet
  for (int time = 0; time < 2; ++time) compute_tiles(tiles);
  REQUIRE(same_bits(expected, computed));
}

void compare_lane_products(std::int64_t rows, std::int64_t columns, std::int64_t lanes) {
  CAPTURE(rows, columns, lanes);
  const std::int64_t blocks = (lanes + kBlockLanes - 1) / kBlockLanes;
  auto left = sample_floats(rows * blocks * kBlockLanes, 5), right = sample_floats((columns + 1) * blocks * kBlockLanes, 6);
  const Blocked l{left.data(), rows, lanes}, r{right.data(), columns + 1, lanes};
  const std::int64_t n = rows * columns * kLanes;
  std::vector<float> memory(static_cast<std::size_t>(2 * n + 64));
  float* expected = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) / sizeof(float) % 16) % 16;
  float* computed = expected + n;
  lane_products_reference(l, rows, r, columns, lanes, expected);
  std::vector<Tile> tiles;
  plan_lane_products(l, rows, r, columns, lanes, computed, tiles);
  for (int time = 0; time < 2; ++time) compute_tiles(tiles);
  REQUIRE(same_bits(std::vector<float>(expected, expected + n), std::vector<float>(computed, computed + n)));
}

}  // namespace

TEST_CASE("planned tiles give the bits of the product's reference for every shape, start and finish", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t rows = 1; rows <= 17; ++rows) {
      for (const std::int64_t lanes : {16, 32, 48, 64, 80, 96, 112, 128}) {
        compare_product(rows, 5, lanes, Start::bias, Finish::relu, false);
        compare_product(rows, 3, lanes, Start::bias, Finish::none, false);
        compare_product(rows, 4, lanes, Start::zero, Finish::mask, true);
        compare_product(rows, 2, lanes, Start::zero, Finish::none, true);
      }
    }
    for (const std::int64_t depth : {1, 2, 31}) compare_product(9, depth, 112, Start::bias, Finish::relu, false);
  });
}

TEST_CASE("planned tiles give the bits of the lane products' reference", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t rows = 1; rows <= 17; ++rows) {
      for (std::int64_t columns = 1; columns <= 19; ++columns) compare_lane_products(rows, columns, rows % 2 == 0 ? 112 : 16);
    }
    for (const std::int64_t lanes : {128, 144, 256, 400}) compare_lane_products(9, 8, lanes);
  });
}

TEST_CASE("a planned stretch of zeros ends where it should", "[unit]") {
  std::vector<float> x(40, 1.0f), expected(40, 1.0f);
  std::fill_n(expected.begin() + 3, 33, 0.0f);
  std::vector<Tile> tiles;
  plan_zeros(x.data() + 3, 33, tiles);
  compute_tiles(tiles);
  REQUIRE(x == expected);
}
