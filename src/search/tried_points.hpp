// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>

#include "shoal/search/algorithm.hpp"

namespace shoal::search {

// The points of a countable space that were tried, so that none is tried again while others remain. Of a space that is
// not countable nothing is kept, and no point counts as a repetition.
class TriedPoints {
 public:
  // The space must outlive the object.
  explicit TriedPoints(const Space& space) : space_(space), n_points_(space.n_points()) {}

  void add(std::span<const double> point);

  // Is it among the tried or the pending points, although others remain?
  bool repeats(const Point& point, PendingPoints pending) const;

  // The first point at or after a share u of the grid that was not tried. Nothing if there is none, or if the space is
  // too large to be walked (more than 65536 points; there, several draws in a row that repeat are a sign of a model that
  // is sure of its best point).
  std::optional<Point> untried(PendingPoints pending, double u) const;

 private:
  bool known(const Point& point, PendingPoints pending) const;

  const Space& space_;
  std::optional<std::int64_t> n_points_;
  std::unordered_set<std::uint64_t> tried_;  // hashes; never walked through
};

}  // namespace shoal::search
