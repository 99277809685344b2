// SPDX-License-Identifier: Apache-2.0
// Any algorithm, after some points that were given by hand.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "shoal/search/algorithm.hpp"

namespace shoal::search {

// Trial i < points.size() has point i; the algorithm proposes the others, and observes all of them. To an algorithm without
// history the first of its own trials is trial 0, so that a grid is still complete.
class PointsFirst final : public Algorithm {
 public:
  PointsFirst(std::vector<Point> points, std::unique_ptr<Algorithm> algorithm)
      : points_(std::move(points)), algorithm_(std::move(algorithm)) {}

  bool uses_history() const override { return algorithm_->uses_history(); }
  std::optional<std::int64_t> n_trials() const override;
  void observe(const Observation& observation) override { algorithm_->observe(observation); }
  Point propose(std::int64_t trial, PendingPoints pending) const override;

 private:
  std::vector<Point> points_;
  std::unique_ptr<Algorithm> algorithm_;
};

}  // namespace shoal::search
