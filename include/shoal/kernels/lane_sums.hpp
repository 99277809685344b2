// SPDX-License-Identifier: Apache-2.0
// Sums over the batch for narrow layers: 16 logical lanes, whatever the hardware has, combined in one fixed order.
#pragma once

#include <cstdint>

namespace shoal::kernels {

inline constexpr std::int64_t kLanes = 16;

// Samples lie in blocks of at most this many lanes: [block][row][lane], so that a tile reads one contiguous panel.
inline constexpr std::int64_t kBlockLanes = 128;

// A batch of row vectors in blocks: row r of block b starts at values + b * block_stride + r * stride(b).
struct Blocked {
  float* values = nullptr;
  std::int64_t rows = 0;          // stored rows of a block
  std::int64_t capacity = 0;      // lanes of a full batch, a multiple of 16

  std::int64_t block_stride() const { return rows * kBlockLanes; }
  std::int64_t stride(std::int64_t block) const {
    const std::int64_t rest = capacity - block * kBlockLanes;
    return rest < kBlockLanes ? rest : kBlockLanes;
  }
  float* row(std::int64_t block, std::int64_t r) const { return values + block * block_stride() + r * stride(block); }
};

// sums[(m * columns + n) * 16 + l] = sum over lanes j = l, l + 16, l + 32, ... < lanes, in that order, of
// left_m[j] * right_n[j], by fused multiply-add from 0. m < rows, n < columns; lanes is a multiple of 16.
// sums: 64-byte aligned.
void lane_products(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns,
                   std::int64_t lanes, float* sums);
void lane_products_reference(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns,
                             std::int64_t lanes, float* sums);

// totals[i] = sum of the 16 lanes of sums[i * 16 ...]: halves are added (l + 8, then l + 4, l + 2, l + 1).
// n rounded up to a multiple of 8 rows is read and written.
void reduce_lanes(const float* sums, std::int64_t n, float* totals);
void reduce_lanes_reference(const float* sums, std::int64_t n, float* totals);

// The same for one row.
float lane_total(const float* lanes);

}  // namespace shoal::kernels
