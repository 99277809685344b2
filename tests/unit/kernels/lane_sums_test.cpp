// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/lane_sums.hpp"

#include <cstdlib>
#include <memory>

#include "each_simd_target.hpp"
#include "sample_floats.hpp"

using namespace shoal::kernels;

namespace {

// Floats on a cache line, with a value beyond the end that must stay.
struct Aligned {
  explicit Aligned(std::int64_t n) : size(n), memory(static_cast<std::size_t>(n) + 32, 42.0f) {
    void* p = memory.data();
    std::size_t space = memory.size() * sizeof(float);
    data = static_cast<float*>(std::align(64, static_cast<std::size_t>(n + 1) * sizeof(float), p, space));
  }
  std::vector<float> values() const { return {data, data + size + 1}; }
  std::int64_t size;
  std::vector<float> memory;
  float* data;
};

std::int64_t blocked_size(std::int64_t rows, std::int64_t capacity) { return (capacity + kBlockLanes - 1) / kBlockLanes * kBlockLanes * rows; }

}  // namespace

TEST_CASE("products over the batch give the reference's bits for every tile and batch", "[unit]") {
  on_each_simd_target([] {
    for (const std::int64_t capacity : {16, 48, 112, 128, 208}) {
      for (std::int64_t rows = 1; rows <= 9; ++rows) {
        for (std::int64_t columns = 1; columns <= 10; ++columns) {
          CAPTURE(capacity, rows, columns);
          auto left_values = sample_floats(blocked_size(rows, capacity), 1);
          auto right_values = sample_floats(blocked_size(columns + 1, capacity), 2);
          const Blocked left{left_values.data(), rows, capacity}, right{right_values.data(), columns + 1, capacity};
          Aligned expected(rows * columns * kLanes), computed(rows * columns * kLanes);
          for (std::int64_t lanes = 16; lanes <= capacity; lanes += 32) {
            lane_products_reference(left, rows, right, columns, lanes, expected.data);
            lane_products(left, rows, right, columns, lanes, computed.data);
            REQUIRE(same_bits(expected.values(), computed.values()));
          }
        }
      }
    }
  });
}

TEST_CASE("lanes are added in the one fixed order", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t n = 1; n <= 40; ++n) {
      CAPTURE(n);
      const std::int64_t padded = (n + 7) / 8 * 8;
      Aligned sums(padded * kLanes);
      const auto values = sample_floats(padded * kLanes, 3);
      std::copy(values.begin(), values.end(), sums.data);
      std::vector<float> expected(static_cast<std::size_t>(n)), computed(static_cast<std::size_t>(padded));
      reduce_lanes_reference(sums.data, n, expected.data());
      reduce_lanes(sums.data, n, computed.data());
      computed.resize(static_cast<std::size_t>(n));
      REQUIRE(same_bits(expected, computed));
    }
  });
}

TEST_CASE("the fixed order is halves, quarters, pairs, neighbours", "[unit]") {
  const float lanes[16] = {1e8f, 1, 0, 0, 0, 0, 0, 0, -1e8f, 0, 0, 0, 0, 0, 0, 0};
  REQUIRE(lane_total(lanes) == 1.0f);  // 1e8 meets -1e8 first; from left to right the 1 would be lost
}
