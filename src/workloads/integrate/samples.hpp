// SPDX-License-Identifier: Apache-2.0
// What sampling methods share: blocks of points of the unit cube, and how samples are cut into items.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "workloads/integrate/problem.hpp"
#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {

// An item is 16 blocks: 0.1 ms of the cheapest integrand, well above the cost of handing it out.
inline constexpr std::int64_t kItemSamples = 16 * kBlock;

inline std::int64_t items_of(std::int64_t samples) {
  return (samples + kItemSamples - 1) / kItemSamples;
}

// Coordinates of up to kBlock points, one column an axis, and their values.
class PointBlock {
 public:
  explicit PointBlock(int dimension) : memory_(static_cast<std::size_t>(dimension + 1) * kBlock) {
    for (int i = 0; i < dimension; ++i) columns_.push_back(memory_.data() + static_cast<std::size_t>(i) * kBlock);
  }

  std::span<double> column(std::size_t axis, std::int64_t n) { return {columns_[axis], static_cast<std::size_t>(n)}; }
  std::span<double* const> columns() const { return columns_; }
  std::span<double> values(std::int64_t n) {
    return {memory_.data() + columns_.size() * kBlock, static_cast<std::size_t>(n)};
  }

 private:
  std::vector<double> memory_;
  std::vector<double*> columns_;
};

// Calls block(first, n) for every block of samples [begin, end); false if the stop token was raised.
template <class Block>
bool for_blocks(std::int64_t begin, std::int64_t end, const tasks::StopToken& stop, Block block) {
  for (std::int64_t first = begin; first < end; first += kBlock) {
    if (stop.requested()) return false;
    block(first, std::min(kBlock, end - first));
  }
  return true;
}

}  // namespace shoal::workloads::integrate
