// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "shoal/search/algorithm.hpp"

namespace shoal::search {

struct RankedTrial {
  std::int64_t trial;
  double budget, loss;
  std::int64_t order;  // of observation
  Point point;
};

// Better trials first: what failed is last; then the larger budget, the smaller loss, the earlier one.
inline bool better(const RankedTrial& a, const RankedTrial& b) {
  const bool a_failed = a.loss == kBadLoss, b_failed = b.loss == kBadLoss;
  if (a_failed != b_failed) return b_failed;
  if (a.budget != b.budget) return a.budget > b.budget;
  if (a.loss != b.loss) return a.loss < b.loss;
  return a.order < b.order;
}

// The best trials among all that were observed. A trial that is observed again counts as its last observation.
class RankedTrials {
 public:
  explicit RankedTrials(std::size_t most) : most_(most) {}

  void add(const Observation& o) {
    const auto known = std::find_if(best_.begin(), best_.end(), [&](const RankedTrial& t) { return t.trial == o.trial; });
    if (known != best_.end()) best_.erase(known);
    RankedTrial trial{o.trial, o.budget, o.loss, count_++, Point(o.point.begin(), o.point.end())};
    best_.insert(std::upper_bound(best_.begin(), best_.end(), trial, better), std::move(trial));
    if (best_.size() > most_) best_.pop_back();
  }

  const std::vector<RankedTrial>& best() const { return best_; }
  std::int64_t count() const { return count_; }  // observations

 private:
  std::size_t most_;
  std::vector<RankedTrial> best_;
  std::int64_t count_ = 0;
};

}  // namespace shoal::search
