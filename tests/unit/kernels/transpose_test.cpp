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

TEST_CASE("both halves of records of 8 are gathered as one after the other, and nothing beyond is written", "[unit]") {
  on_each_simd_target([] {
    const std::int64_t n_samples = 11;
    const auto records = sample_floats(n_samples * 8, 1);
    for (std::int64_t n_first = 1; n_first <= 4; ++n_first) {
      for (std::int64_t n_second = 1; n_second <= 4; ++n_second) {
        for (const std::int64_t lanes : {16, 48}) {
          CAPTURE(n_first, n_second, lanes);
          const std::int64_t stride = lanes + 16;
          std::vector<std::uint32_t> index;
          for (std::int64_t j = 0; j < lanes; ++j) index.push_back(static_cast<std::uint32_t>(10 - (j * 7) % n_samples));
          std::vector<float> expected(static_cast<std::size_t>(8 * stride), 5.0f), computed = expected;
          float* const second = expected.data() + 4 * stride;
          gather_lanes_reference(records.data(), 8, index.data(), lanes, n_first, expected.data(), stride);
          gather_lanes_reference(records.data() + 4, 8, index.data(), lanes, n_second, second, stride);
          gather_lanes_of_8(records.data(), index.data(), lanes, n_first, computed.data(), n_second, computed.data() + 4 * stride, stride);
          REQUIRE(same_bits(expected, computed));
        }
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
