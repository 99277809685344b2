// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/prober.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "shoal/random/distributions.hpp"
#include "workloads/integrate/random_rows.hpp"

namespace shoal::workloads::integrate {
namespace {

// Of the stream of the estimation, whose first ones the methods use: what is chosen must not depend on numbers that it is then
// used with.
constexpr std::uint64_t kProbeStream = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Prober::Prober(const Context& context, const tasks::StopToken& stop)
    : context_(context), stop_(stop), stream_(context.stream.derived(kProbeStream)), d_(static_cast<std::size_t>(context.problem.dimension())),
      block_(context.problem.dimension()) {}

std::span<const double> Prober::along(const Point& from, const Point& to, std::size_t n) {
  const auto count = static_cast<std::int64_t>(n);
  from_ = from, to_ = to, n_ = n;
  for (std::size_t k = 0; k < d_; ++k) {
    const std::span<double> column = block_.column(k, count);
    for (std::size_t i = 0; i < n; ++i) column[i] = from[k] + (to[k] - from[k]) * (static_cast<double>(i) / static_cast<double>(n - 1));
  }
  const std::span<double> f = block_.values(count);
  evaluate(f);
  return f;
}

Point Prober::scatter(std::int64_t n) {
  for (std::size_t k = 0; k < d_; ++k) fill_centred(stream_.derived(kScattered).derived(k), 0, block_.column(k, n));
  const std::span<double> f = block_.values(n);
  evaluate(f);
  const std::size_t best = index_of_largest(f);
  Point place;
  for (std::size_t k = 0; k < d_ && f[best] != 0; ++k) {
    std::vector<double> u(static_cast<std::size_t>(n));
    fill_centred(stream_.derived(kScattered).derived(k), 0, u);  // the block holds x now
    place.push_back(u[best]);
  }
  return place;
}

Point Prober::point(std::size_t i) const {
  Point place;
  for (std::size_t k = 0; k < d_; ++k) place.push_back(from_[k] + (to_[k] - from_[k]) * (static_cast<double>(i) / static_cast<double>(n_ - 1)));
  return place;
}

std::pair<Point, Point> Prober::random_line(const std::vector<std::vector<double>>& cuts, Purpose purpose, std::uint64_t number) const {
  const random::Stream stream = stream_.derived(purpose);
  std::pair<Point, Point> line;
  for (std::size_t k = 0; k < d_; ++k) {
    const double place = random::uniform(stream, number, k, 0);
    double low = 0, high = 1;
    for (const double cut : cuts[k]) {
      if (cut <= place) low = std::fmax(low, cut);
      else high = std::fmin(high, cut);
    }
    line.first.push_back(place);
    line.second.push_back(low + (high - low) * random::uniform(stream, number, k, 1));
  }
  return line;
}

void Prober::evaluate(std::span<double> f) {
  if (stop_.requested()) {
    std::fill(f.begin(), f.end(), 0.0);
    return;
  }
  NonFinite bad;
  context_.problem.evaluate(block_.columns(), f, bad);
  evaluations_ += static_cast<std::int64_t>(f.size());
}

double fourth_difference(std::span<const double> f, std::size_t i, std::size_t step) {
  return std::fabs(f[i] - 4 * f[i + step] + 6 * f[i + 2 * step] - 4 * f[i + 3 * step] + f[i + 4 * step]);
}

std::size_t index_of_largest(std::span<const double> f) {
  return static_cast<std::size_t>(std::max_element(f.begin(), f.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); }) - f.begin());
}

double largest_value(std::span<const double> f) {
  double largest = 0;
  for (const double value : f) largest = std::fmax(largest, std::fabs(value));
  return largest;
}

}  // namespace shoal::workloads::integrate
