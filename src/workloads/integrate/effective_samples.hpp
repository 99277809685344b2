// SPDX-License-Identifier: Apache-2.0
// How many samples of equal weight say as much as weighted ones: (sum w)^2 / sum w^2 (Kish, Survey Sampling, 1965).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {

// Weights are >= 0; neither their squares nor their scale matter to the range of numbers.
class EffectiveSamples {
 public:
  void add(std::span<const double> weights) {
    EffectiveSamples block;
    block.sum_ = block_sum(weights);
    if (!(block.sum_ > 0) || !std::isfinite(block.sum_)) return;  // squares of large values overflow
    std::array<double, kLanes> squares{};
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double share = weights[i] / block.sum_;
      squares[i % kLanes] += share * share;
    }
    block.norm_ = block.sum_ * std::sqrt(lane_total(squares.data()));
    add(block);
  }

  void add(const EffectiveSamples& other) {
    const double larger = std::max(norm_, other.norm_), smaller = std::min(norm_, other.norm_);
    sum_ += other.sum_;
    norm_ = larger > 0 ? larger * std::sqrt(1 + smaller / larger * (smaller / larger)) : 0;
  }

  double value() const { return norm_ > 0 ? sum_ / norm_ * (sum_ / norm_) : 0; }

 private:
  double sum_ = 0, norm_ = 0;  // of the weights, and the root of the sum of their squares
};

}  // namespace shoal::workloads::integrate
