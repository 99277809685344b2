// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/few_samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "each_simd_target.hpp"
#include "sample_floats.hpp"
#include "shoal/kernels/product.hpp"

using namespace shoal::kernels;

namespace {

constexpr std::int64_t kStride = 160;

struct Layer {
  std::vector<float> weights, inputs, delta;
  FewSamples few;

  Layer(std::int64_t n, std::int64_t n_inputs, std::int64_t n_outputs)
      : weights(sample_floats((n_inputs + 1) * n_outputs, 1)), inputs(sample_floats(n * kStride, 2)),
        delta(sample_floats(n_outputs * 16, 3)), few{n, n_inputs, n_outputs, weights.data(), inputs.data(), kStride} {}
};

const std::int64_t kInputs[] = {1, 3, 4, 15, 16, 17, 33, 66, 130};

}  // namespace

TEST_CASE("a layer on a few samples gives the reference's bits forward, for every number of samples, inputs and outputs", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t n = 1; n <= kMostFewSamples; ++n) {
      for (const std::int64_t n_inputs : kInputs) {
        for (const std::int64_t n_outputs : {16, 17, 31, 32, 63, 64, 65, 100}) {
          CAPTURE(n, n_inputs, n_outputs);
          const Layer layer(n, n_inputs, n_outputs);
          const auto before = sample_floats(n * (n_outputs + 3), 4);
          auto expected = before, computed = before;
          few_forward_reference(layer.few, expected.data(), n_outputs + 3);
          few_forward(layer.few, computed.data(), n_outputs + 3);
          REQUIRE(same_bits(expected, computed));
        }
      }
    }
  });
}

TEST_CASE("a layer on a few samples gives the reference's bits backward, with and without a layer below", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t n = 1; n <= kMostFewSamples; ++n) {
      for (const std::int64_t n_inputs : kInputs) {
        for (const std::int64_t end : {6, 7, 13, 21}) {
          for (const bool with_below : {false, true}) {
            CAPTURE(n, n_inputs, end, with_below);
            const Layer layer(n, n_inputs, 24);
            const std::int64_t begin = 5;
            const auto below = sample_floats(n * kStride, 5), gradient = sample_floats((end - begin) * (n_inputs + 1) + 3, 6);
            auto expected_below = below, computed_below = below, expected = gradient, computed = gradient;
            FewDeltas d{layer.delta.data(), 16, with_below ? expected_below.data() : nullptr, expected.data()};
            few_backward_reference(layer.few, d, begin, end);
            d.below = with_below ? computed_below.data() : nullptr, d.gradient = computed.data();
            few_backward(layer.few, d, begin, end);
            REQUIRE(same_bits(expected, computed));
            for (std::int64_t s = 0; s < n; ++s) {  // between the rows anything may be written
              const auto row = [&](const std::vector<float>& x) { return std::vector<float>(x.begin() + s * kStride, x.begin() + s * kStride + n_inputs); };
              REQUIRE(same_bits(row(expected_below), row(computed_below)));
            }
          }
        }
      }
    }
  });
}

TEST_CASE("a layer on a few samples has the bits of the product with samples in the lanes", "[unit]") {
  constexpr std::int64_t n_inputs = 300, n_outputs = 40, row = n_inputs + 1, stride = 304, lanes = 16;
  auto weights = sample_floats(row * n_outputs, 1), x = sample_floats(kMostFewSamples * stride, 2);
  weights[3 * row + 7] = std::numeric_limits<float>::quiet_NaN();
  weights[4 * row + 9] = -0.0f;
  // Sums that stay -0, of a sample of positive numbers.
  std::fill_n(weights.begin() + 5 * row, row, -0.0f);
  for (std::int64_t i = 0; i < n_inputs; ++i) x[static_cast<std::size_t>(i)] = std::fabs(x[static_cast<std::size_t>(i)]) + 0.1f;
  on_each_simd_target([&] {
    for (std::int64_t n = 1; n <= kMostFewSamples; ++n) {
      CAPTURE(n);
      std::vector<float> turned(n_inputs * lanes), sums(n_outputs * lanes);
      for (std::int64_t i = 0; i < n_inputs * lanes; ++i) {
        turned[static_cast<std::size_t>(i)] = x[static_cast<std::size_t>(std::min(i % lanes, n - 1) * stride + i / lanes)];
      }
      Product p;
      p.rows = n_outputs, p.depth = n_inputs, p.lanes = lanes;
      p.a = weights.data(), p.a_row = row, p.b = turned.data(), p.b_stride = lanes, p.c = sums.data(), p.c_stride = lanes;
      p.start = Start::bias, p.bias = weights.data() + n_inputs, p.bias_stride = row;
      product(p);
      std::vector<float> expected, computed(static_cast<std::size_t>(n * n_outputs));
      for (std::int64_t i = 0; i < n * n_outputs; ++i) {
        expected.push_back(sums[static_cast<std::size_t>(i % n_outputs * lanes + i / n_outputs)]);
      }
      REQUIRE(std::isnan(expected[3]));
      REQUIRE(std::signbit(expected[5]));
      few_forward({n, n_inputs, n_outputs, weights.data(), x.data(), stride}, computed.data(), n_outputs);
      REQUIRE(same_bits(expected, computed));
    }
  });
}
