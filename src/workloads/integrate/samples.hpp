// SPDX-License-Identifier: Apache-2.0
// What sampling methods share: blocks of points of the unit cube, and how samples are cut into items.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "workloads/integrate/problem.hpp"
#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {

// An item is 16 blocks: 0.1 ms of the cheapest integrand, well above the cost of handing it out.
inline constexpr std::int64_t kItemSamples = 16 * kBlock;

inline std::int64_t items_of(std::int64_t samples) {
  return (samples + kItemSamples - 1) / kItemSamples;
}

// Samples [begin, end) as a round. The first round of an estimate has whole items only, behind an empty one (a round cannot have
// no items): so its items do not depend on the number of samples, and --extend can keep them.
struct SampleRound {
  std::int64_t begin = 0, end = 0;
  std::int64_t n_empty = 0;

  static SampleRound next(std::int64_t done, std::int64_t total, bool first) {
    if (first) return {0, total / kItemSamples * kItemSamples, 1};
    return {done, total, 0};
  }
  std::int64_t n_items() const { return n_empty + items_of(end - begin); }
};

// Coordinates of up to kBlock points, one column an axis, and their values. Columns begin at cache lines, and not at the same place
// of their pages: else a load may seem to depend on a store to another column.
class PointBlock {
 public:
  explicit PointBlock(int dimension)
      : memory_(static_cast<double*>(::operator new(static_cast<std::size_t>(dimension + 1) * kStride * sizeof(double), kLine))) {
    for (int i = 0; i < dimension; ++i) columns_.push_back(memory_.get() + static_cast<std::size_t>(i) * kStride);
  }

  std::span<double> column(std::size_t axis, std::int64_t n) { return {columns_[axis], static_cast<std::size_t>(n)}; }
  std::span<double* const> columns() const { return columns_; }
  std::span<double> values(std::int64_t n) {
    return {memory_.get() + columns_.size() * kStride, static_cast<std::size_t>(n)};
  }

 private:
  static constexpr std::align_val_t kLine{64};
  static constexpr std::size_t kStride = kBlock + 5 * 64 / sizeof(double);
  struct Free {
    void operator()(double* memory) const { ::operator delete(memory, kLine); }
  };
  std::unique_ptr<double[], Free> memory_;
  std::vector<double*> columns_;
};

// Cheap integrands take a block in pieces: coordinates and values of a piece stay in the first cache.
inline constexpr std::int64_t kPiece = 1024;

// Calls piece(begin, n) for the pieces of a block of n_samples.
template <class Piece>
void for_pieces(std::int64_t n_samples, Piece piece) {
  for (std::int64_t begin = 0; begin < n_samples; begin += kPiece) piece(begin, std::min(kPiece, n_samples - begin));
}

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
