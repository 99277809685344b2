// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/points_first.hpp"

namespace shoal::search {

std::optional<std::int64_t> PointsFirst::n_trials() const {
  const std::optional<std::int64_t> n = algorithm_->n_trials();
  if (!n) return n;
  return *n + static_cast<std::int64_t>(points_.size());
}

Point PointsFirst::propose(std::int64_t trial, PendingPoints pending) const {
  const auto n = static_cast<std::int64_t>(points_.size());
  if (trial < n) return points_[static_cast<std::size_t>(trial)];
  return algorithm_->propose(uses_history() ? trial : trial - n, pending);
}

}  // namespace shoal::search
