// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/problem.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {
namespace {

void add_interval(double a, double b, double weight, std::vector<Stretch>& stretches) {
  if (std::isinf(a) && std::isinf(b)) {
    stretches.push_back({0, -1, HUGE_VAL, weight, false, true});
    stretches.push_back({0, 1, HUGE_VAL, weight, false, true});
  } else if (std::isinf(b)) {
    stretches.push_back({a, 1, HUGE_VAL, weight, false, false});
  } else if (std::isinf(a)) {
    stretches.push_back({b, -1, HUGE_VAL, weight, false, false});
  } else {
    stretches.push_back({a, 1, (b - a) / 2, weight, false, false});
    stretches.push_back({b, -1, (b - a) / 2, weight, false, false});
  }
}

// Half periods of an oscillation that decays slowly: their integrals alternate, and this many of them with the weights of
// Cohen, Rodriguez Villegas and Zagier (Experiment. Math. 9, 3-12, 2000, algorithm 1) give the limit to 5.8^-28 = 1e-21.
constexpr int kAlternating = 28;

void add_oscillation(const Region& region, std::vector<Stretch>& stretches) {
  if (region.first_zero > region.lower[0]) add_interval(region.lower[0], region.first_zero, 1, stretches);
  double d = 1;
  for (int i = 0; i < kAlternating; ++i) d *= 3 + std::sqrt(8.0);
  d = (d + 1 / d) / 2;
  double b = -1, c = -d;
  for (int k = 0; k < kAlternating; ++k) {
    c = b - c;  // of (-1)^k a_k: here the sign is in the integral
    const double begin = region.first_zero + k * region.half_period;
    add_interval(begin, begin + region.half_period, k % 2 == 0 ? c / d : -c / d, stretches);
    b *= (k + kAlternating) * (k - kAlternating) / ((k + 0.5) * (k + 1));
  }
}

std::vector<Stretch> cut(const Region& region) {
  std::vector<Stretch> stretches;
  const double lower = region.lower[0], upper = region.upper[0];
  std::vector<double> cuts = region.breakpoints;
  double inner = 0;  // half width of the symmetric part around a pole
  if (region.cauchy) {
    inner = std::min(*region.cauchy - lower, upper - *region.cauchy);
    for (const double place : cuts) inner = std::min(inner, std::fabs(place - *region.cauchy));
    if (std::isinf(inner)) inner = 1;
    stretches.push_back({*region.cauchy, 1, inner, 1, true, false});
    cuts.push_back(*region.cauchy - inner);
    cuts.push_back(*region.cauchy + inner);
  }
  cuts.push_back(lower);
  cuts.push_back(upper);
  std::sort(cuts.begin(), cuts.end());
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    if (cuts[i] == cuts[i + 1]) continue;
    if (region.cauchy && cuts[i] < *region.cauchy && *region.cauchy < cuts[i + 1]) continue;
    add_interval(cuts[i], cuts[i + 1], 1, stretches);
  }
  return stretches;
}

}  // namespace

void NonFinite::add(const NonFinite& other) {
  if (count == 0) first = other.first;
  count += other.count;
}

void NonFinite::write(tasks::Bytes& bytes) const {
  put(bytes, count);
  if (count > 0) put(bytes, first);
}

NonFinite NonFinite::read(Reader& reader, int dimension) {
  NonFinite bad;
  bad.count = reader.number<std::int64_t>();
  if (bad.count > 0) bad.first = reader.array<double>(static_cast<std::size_t>(dimension));
  return bad;
}

Problem::Problem(std::shared_ptr<const Integrand> integrand, Region region, bool skip_non_finite)
    : integrand_(std::move(integrand)), region_(std::move(region)), skip_(skip_non_finite) {
  if (dimension() != 1) return;
  stretches_ = cut(region_);
  if (region_.half_period > 0) add_oscillation(region_, half_periods_);
}

Problem Problem::mapped(VegasMap map) const {
  Problem result = *this;
  result.map_ = std::make_shared<const VegasMap>(std::move(map));
  return result;
}

bool Problem::finite() const {
  for (std::size_t i = 0; i < region_.lower.size(); ++i)
    if (std::isinf(region_.lower[i]) || std::isinf(region_.upper[i])) return false;
  return true;
}

double Problem::volume() const {
  double volume = 1;
  for (std::size_t i = 0; i < region_.lower.size(); ++i) volume *= region_.upper[i] - region_.lower[i];
  return volume;
}

void Problem::map_axis(std::size_t axis, std::span<double> u, std::span<double> jacobian) const {
  const double a = region_.lower[axis], b = region_.upper[axis];
  if (std::isinf(a) && std::isinf(b)) {
    for (std::size_t i = 0; i < u.size(); ++i) {
      const double v = u[i] - 0.5, rest = u[i] * (1 - u[i]);
      jacobian[i] *= (0.25 + v * v) / (rest * rest);
      u[i] = v / rest;
    }
  } else if (std::isinf(b)) {
    for (std::size_t i = 0; i < u.size(); ++i) {
      const double rest = 1 - u[i];
      jacobian[i] *= 1 / (rest * rest);
      u[i] = a + u[i] / rest;
    }
  } else if (std::isinf(a)) {
    for (std::size_t i = 0; i < u.size(); ++i) {
      jacobian[i] *= 1 / (u[i] * u[i]);
      u[i] = b - (1 - u[i]) / u[i];
    }
  } else {
    const double width = b - a;
    if (a == 0 && width == 1) return;
    for (double& coordinate : u) coordinate = a + coordinate * width;
  }
}

void Problem::evaluate(std::span<double* const> u, std::span<double> values, NonFinite& bad) const {
  const std::size_t n = values.size();
  double scale = 1;
  std::vector<double> jacobian;
  if (map_ || !finite()) jacobian.assign(n, 1.0);
  std::vector<std::int32_t> bins(map_ ? n : 0);
  for (std::size_t axis = 0; axis < u.size(); ++axis) {
    if (map_) map_->apply(axis, {u[axis], n}, bins, jacobian);
    map_axis(axis, {u[axis], n}, jacobian);
    const double width = region_.upper[axis] - region_.lower[axis];
    if (!std::isinf(width)) scale *= width;
  }
  integrand_->evaluate({const_cast<const double* const*>(u.data()), u.size()}, values);
  if (jacobian.empty()) {
    if (scale != 1)
      for (double& value : values) value *= scale;
  } else {  // where f vanishes at infinity the product is 0, not NaN
    for (std::size_t i = 0; i < n; ++i) values[i] = values[i] == 0 ? 0 : values[i] * scale * jacobian[i];
  }
  if (all_finite(values)) return;
  for (std::size_t i = 0; i < n; ++i) {
    if (std::isfinite(values[i])) continue;
    if (bad.count++ == 0)
      for (double* column : u) bad.first.push_back(column[i]);
    values[i] = 0;
  }
}

void Problem::evaluate(const Stretch& stretch, std::span<const double> t, std::span<const double> scale,
                       std::span<double> values) const {
  const std::size_t n = t.size();
  std::vector<double> offset(n), x(n), mirrored;
  for (std::size_t i = 0; i < n; ++i) {
    offset[i] = stretch.sign * t[i];
    x[i] = stretch.anchor + offset[i];
  }
  integrand_->evaluate_near(stretch.anchor, offset, x, values);
  if (stretch.symmetric) {
    mirrored.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      offset[i] = -offset[i];
      x[i] = stretch.anchor + offset[i];
    }
    integrand_->evaluate_near(stretch.anchor, offset, x, mirrored);
    for (std::size_t i = 0; i < n; ++i) values[i] += mirrored[i];
  }
  for (std::size_t i = 0; i < n; ++i) values[i] = values[i] == 0 ? 0 : values[i] * scale[i];
}

void Problem::evaluate(const Stretch& stretch, std::span<const double> t, std::span<const double> scale,
                       std::span<double> values, NonFinite& bad) const {
  evaluate(stretch, t, scale, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    if (bad.count++ == 0) bad.first = {stretch.anchor + stretch.sign * t[i]};
    values[i] = 0;
  }
}

}  // namespace shoal::workloads::integrate
