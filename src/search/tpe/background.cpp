// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/background.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/normal_quantile.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRootTwoPi = 2.50662827463100050242;
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kCellsPerSigma = 12;   // log g stays within 1e-3 of exact sums (tests/unit/search/background_test.cpp)
constexpr double kReach = 8;            // in sigma: exp(-32) is lost beside any prior
constexpr double kUnboundedReach = 10;  // in widths of a normal prior

bool closed(const Background::Gap& gap) {
  return gap.left.x > -kInfinity && gap.right.x < kInfinity;
}

bool wider(const Background::Gap& gap, double sigma) {
  return gap.right.x - gap.left.x > sigma;
}

}  // namespace

Background::Background(const Latent& latent, const ParzenRule& rule)
    : latent_(latent), truncate_each_(rule.truncate_each), sigma_(latent.width() / 100) {
  spacing_ = sigma_ / kCellsPerSigma;
  lowest_ = latent.bounded() ? latent.low() : latent.centre() - kUnboundedReach * latent.width();
  highest_ = latent.bounded() ? latent.high() : latent.centre() + kUnboundedReach * latent.width();
  origin_ = lowest_ - 2 * spacing_;  // interpolation looks one point to the left and two to the right
  tables_.assign(2 * (static_cast<std::size_t>((highest_ - lowest_) / spacing_) + 7), 0.0);
  gaps_ = {{{-kInfinity, -1}, {kInfinity, -1}}};
}

bool Background::is_wide(const Point& point) const {
  // A wide point is an end of the closed gap on its left or of that on its right.
  auto gap = std::lower_bound(gaps_.begin(), gaps_.end(), point.x, [](const Gap& g, double x) { return g.right.x < x; });
  for (; gap != gaps_.end() && gap->left.x <= point.x; ++gap) {
    const bool left_end = gap->left.x == point.x && gap->left.order == point.order;
    const bool right_end = gap->right.x == point.x && gap->right.order == point.order;
    if (closed(*gap) && (left_end || right_end)) return true;
  }
  return false;
}

void Background::insert(double x, std::int64_t order) {
  const Point point{std::clamp(x, lowest_, highest_), order};
  ++size_;
  // The gap with left <= x < right, if any: equal points count as to the right of older ones.
  const auto gap = std::upper_bound(gaps_.begin(), gaps_.end(), point.x, [](double v, const Gap& g) { return v < g.right.x; });
  if (gap == gaps_.end() || gap->left.x > point.x) {
    set_table(point, 1);
    return;
  }
  const Point left = gap->left, right = gap->right;
  const bool left_was_wide = is_wide(left), right_was_wide = is_wide(right);
  std::vector<Gap> parts;
  for (const Gap& part : {Gap{left, point}, Gap{point, right}}) {
    if (wider(part, sigma_)) parts.push_back(part);
  }
  const auto at = gaps_.erase(gap);
  gaps_.insert(at, parts.begin(), parts.end());
  if (!is_wide(point)) set_table(point, 1);
  for (const auto& [end, was_wide] : {std::pair(left, left_was_wide), std::pair(right, right_was_wide)}) {
    if (std::isinf(end.x)) continue;
    const bool wide = is_wide(end);
    if (wide != was_wide) set_table(end, wide ? -1 : 1);
  }
}

void Background::wide_points(std::vector<Point>& out) const {
  out.clear();
  for (const Gap& gap : gaps_) {
    if (!closed(gap)) continue;
    const bool shared = !out.empty() && out.back().x == gap.left.x && out.back().order == gap.left.order;
    if (!shared) out.push_back(gap.left);
    out.push_back(gap.right);
  }
}

void Background::set_table(const Point& point, double sign) {
  const double mass = latent_.bounded() ? normal_mass((latent_.low() - point.x) / sigma_, (latent_.high() - point.x) / sigma_) : 1;
  const double factor = sign / (truncate_each_ ? mass : 1), order = static_cast<double>(point.order);
  total_[0] += factor * mass;
  total_[1] += factor * mass * order;
  const std::size_t n = tables_.size() / 2;
  const double centre = (point.x - origin_) / spacing_, reach = kReach * kCellsPerSigma;
  const auto begin = static_cast<std::size_t>(std::max(0.0, std::ceil(centre - reach)));
  const std::size_t end = std::min(n, static_cast<std::size_t>(centre + reach) + 1);
  work_.resize(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    const double z = (static_cast<double>(i) - centre) / kCellsPerSigma;
    work_[i - begin] = latent_.stepped() ? -z * kRootHalf : -0.5 * z * z;
  }
  if (latent_.stepped()) math::erfc(work_, work_);
  else math::exp(work_, work_);
  const double scale = latent_.stepped() ? 0.5 * factor : factor / (sigma_ * kRootTwoPi);
  for (std::size_t i = begin; i < end; ++i) {
    tables_[2 * i] += scale * work_[i - begin];
    tables_[2 * i + 1] += scale * order * work_[i - begin];
  }
  for (std::size_t i = end; latent_.stepped() && i < n; ++i) {  // beyond its reach the distribution function is 1
    tables_[2 * i] += factor;
    tables_[2 * i + 1] += factor * order;
  }
}

// Lagrange's cubic through the four grid points around x.
double Background::interpolate(double x, double a, double b) const {
  const double position = (std::clamp(x, lowest_, highest_) - origin_) / spacing_;
  const double whole = std::floor(position), t = position - whole;
  const double* f = &tables_[2 * (static_cast<std::size_t>(whole) - 1)];
  const double c0 = -t * (t - 1) * (t - 2) / 6, c1 = (t + 1) * (t - 1) * (t - 2) / 2;
  const double c2 = -(t + 1) * t * (t - 2) / 2, c3 = (t + 1) * t * (t - 1) / 6;
  const double s0 = c0 * f[0] + c1 * f[2] + c2 * f[4] + c3 * f[6];
  const double s1 = c0 * f[1] + c1 * f[3] + c2 * f[5] + c3 * f[7];
  return a * s0 + b * s1;
}

double Background::density(double x, double a, double b) const {
  return std::max(0.0, interpolate(x, a, b));
}

double Background::mass(double low, double high, double a, double b) const {
  return std::max(0.0, interpolate(high, a, b) - interpolate(low, a, b));
}

}  // namespace shoal::search::tpe
