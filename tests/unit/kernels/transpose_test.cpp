// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/transpose.hpp"

#include "each_simd_target.hpp"
#include "sample_floats.hpp"

using namespace shoal::kernels;

TEST_CASE("samples are gathered into lanes as the reference does, and nothing beyond is read or written", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t features = 1; features <= 13; ++features) {
      for (const std::int64_t lanes : {16, 32, 64}) {
        CAPTURE(features, lanes);
        const std::int64_t n_samples = 11, stride = lanes + 16;
        const auto records = sample_floats(n_samples * features, 1);
        std::vector<std::uint32_t> index;
        for (std::int64_t j = 0; j < lanes; ++j) index.push_back(static_cast<std::uint32_t>(10 - (j * 7) % n_samples));
        std::vector<float> expected(static_cast<std::size_t>(features * stride), 5.0f), computed = expected;
        gather_lanes_reference(records.data(), features, index.data(), lanes, features, expected.data(), stride);
        gather_lanes(records.data(), features, index.data(), lanes, features, computed.data(), stride);
        REQUIRE(same_bits(expected, computed));
      }
    }
  });
}

TEST_CASE("rows and lanes change places as in the reference", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t rows = 1; rows <= 21; ++rows) {
      for (const std::int64_t lanes : {16, 48}) {
        CAPTURE(rows, lanes);
        const auto in = sample_floats(rows * (lanes + 3), 1);
        std::vector<float> expected(static_cast<std::size_t>(lanes * (rows + 2)), 5.0f), computed = expected;
        transpose_reference(in.data(), lanes + 3, rows, lanes, expected.data(), rows + 2);
        transpose(in.data(), lanes + 3, rows, lanes, computed.data(), rows + 2);
        REQUIRE(same_bits(expected, computed));
      }
    }
  });
}
