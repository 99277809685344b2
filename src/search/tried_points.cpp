// SPDX-License-Identifier: Apache-2.0
#include "search/tried_points.hpp"

#include <algorithm>
#include <bit>

#include "shoal/random/stream.hpp"

namespace shoal::search {
namespace {

constexpr std::int64_t kMostWalked = 65536;

std::uint64_t hash(std::span<const double> point) {
  std::uint64_t h = 0;
  for (const double x : point) h = random::mix(h ^ (is_active(x) ? std::bit_cast<std::uint64_t>(x + 0.0) : ~std::uint64_t{0}));
  return h;
}

bool equal(const Point& a, const Point& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (!is_active(x) && !is_active(y)); });
}

}  // namespace

void TriedPoints::add(std::span<const double> point) {
  if (n_points_) tried_.insert(hash(point));
}

bool TriedPoints::known(const Point& point, PendingPoints pending) const {
  return tried_.contains(hash(point)) ||
         std::any_of(pending.begin(), pending.end(), [&](const Point& other) { return equal(point, other); });
}

bool TriedPoints::repeats(const Point& point, PendingPoints pending) const {
  return n_points_ && static_cast<std::int64_t>(tried_.size()) < *n_points_ && known(point, pending);
}

std::optional<Point> TriedPoints::untried(PendingPoints pending, double u) const {
  if (!n_points_ || *n_points_ > kMostWalked) return std::nullopt;
  const auto first = static_cast<std::int64_t>(u * static_cast<double>(*n_points_));
  for (std::int64_t i = 0; i < *n_points_; ++i) {
    Point point = space_.grid_point((first + i) % *n_points_);
    if (!known(point, pending)) return point;
  }
  return std::nullopt;
}

}  // namespace shoal::search
