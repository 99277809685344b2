// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "shoal/kernels/lane_sums.hpp"

namespace shoal::kernels {

void lane_products_reference(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns,
                             std::int64_t lanes, float* sums) {
  for (std::int64_t m = 0; m < rows; ++m) {
    for (std::int64_t n = 0; n < columns; ++n) {
      float* sum = sums + (m * columns + n) * kLanes;
      for (std::int64_t l = 0; l < kLanes; ++l) sum[l] = 0.0f;
      for (std::int64_t j = 0; j < lanes; ++j) {
        const std::int64_t block = j / kBlockLanes, lane = j % kBlockLanes;
        sum[j % kLanes] = std::fma(left.row(block, m)[lane], right.row(block, n)[lane], sum[j % kLanes]);
      }
    }
  }
}

float lane_total(const float* lanes) {
  float sum[8];
  for (int l = 0; l < 8; ++l) sum[l] = lanes[l] + lanes[l + 8];
  for (int half = 4; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) sum[l] += sum[l + half];
  }
  return sum[0];
}

void reduce_lanes_reference(const float* sums, std::int64_t n, float* totals) {
  for (std::int64_t i = 0; i < n; ++i) totals[i] = lane_total(sums + i * kLanes);
}

}  // namespace shoal::kernels
