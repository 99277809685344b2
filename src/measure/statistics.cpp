// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace shoal::measure {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// 1 / quantile(0.75) of the standard normal distribution.
constexpr double kNormalDeviation = 1.482602218505602;

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

double quantile_of_sorted(const std::vector<double>& x, double p) {
  if (x.empty()) return kNone;
  const double position = p * static_cast<double>(x.size() - 1);
  const double below = std::floor(position);
  const auto i = static_cast<std::size_t>(below);
  if (i + 1 >= x.size() || position == below || x[i] == x[i + 1]) return x[std::min(i, x.size() - 1)];
  const double weight = position - below;
  return (1 - weight) * x[i] + weight * x[i + 1];
}

// The largest d with P(B(n, 1/2) < d) <= 0.025; 0 if there is none.
std::size_t median_rank(std::size_t n) {
  // 2^-n underflows for large n: there the normal approximation gives the same rank or the next smaller one, which
  // keeps the coverage above 95 % (compared with exact tails up to n = 20,000).
  constexpr std::size_t kExactUpTo = 1000;
  const double size = static_cast<double>(n);
  if (n > kExactUpTo) {
    const double rank = std::floor((size - 1.959963984540054 * std::sqrt(size)) / 2);
    return static_cast<std::size_t>(rank);
  }
  double term = 1;
  for (std::size_t i = 0; i < n; ++i) term /= 2;
  double tail = 0;
  std::size_t d = 0;
  while (d < n && tail + term <= 0.025) {
    tail += term;
    term *= static_cast<double>(n - d) / static_cast<double>(d + 1);
    ++d;
  }
  return d;
}

}  // namespace

double sum(std::span<const double> values) {
  double total = 0;
  double correction = 0;
  if (!all_finite(values)) {
    for (const double x : values) total += x;
    return total;
  }
  for (const double x : values) {
    const double next = total + x;
    correction += std::fabs(total) >= std::fabs(x) ? (total - next) + x : (x - next) + total;
    total = next;
  }
  return total + correction;
}

double mean(std::span<const double> values) {
  return values.empty() ? kNone : sum(values) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2 || !all_finite(values)) return kNone;
  const double centre = mean(values);
  double squares = 0;
  for (const double x : values) squares += (x - centre) * (x - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(std::span<const double> values, double p) {
  return quantile_of_sorted(sorted(values), p);
}

double median(std::span<const double> values) {
  return quantile(values, 0.5);
}

double median_deviation(std::span<const double> values) {
  const double centre = median(values);
  std::vector<double> distances;
  for (const double x : values) distances.push_back(x == centre ? 0 : std::fabs(x - centre));
  return kNormalDeviation * median(distances);
}

Interval mean_interval(std::span<const double> values) {
  if (values.size() < 2 || !all_finite(values)) return {kNone, kNone};
  const double n = static_cast<double>(values.size());
  const double half =
      t_quantile(0.975, static_cast<long>(values.size()) - 1) * standard_deviation(values) / std::sqrt(n);
  const double centre = mean(values);
  return {centre - half, centre + half};
}

Interval median_interval(std::span<const double> values) {
  const std::size_t d = median_rank(values.size());
  if (d == 0) return {kNone, kNone};
  const std::vector<double> x = sorted(values);
  return {x[d - 1], x[x.size() - d]};
}

Summary summarise(std::span<const double> values) {
  const std::vector<double> x = sorted(values);
  Summary s;
  s.n = x.size();
  s.minimum = x.empty() ? kNone : x.front();
  s.maximum = x.empty() ? kNone : x.back();
  s.mean = mean(values);
  s.median = quantile_of_sorted(x, 0.5);
  s.standard_deviation = standard_deviation(values);
  s.mean_interval = mean_interval(values);
  s.median_interval = median_interval(values);
  return s;
}

}  // namespace shoal::measure
