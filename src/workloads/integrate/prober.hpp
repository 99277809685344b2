// SPDX-License-Identifier: Apache-2.0
// The values of an integrand at the places that a probe asks for, and how many were asked.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "shoal/random/stream.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {

using Point = std::vector<double>;

// Random numbers of one purpose each.
enum Purpose : std::uint64_t { kThrough = 1, kWithin = 2, kAlongAxes = 3, kBeside = 4, kScattered = 5 };

// Evaluates the integrand of an estimation at points of the unit cube, and counts.
class Prober {
 public:
  Prober(const Context& context, const tasks::StopToken& stop);

  std::int64_t evaluations() const { return evaluations_; }
  std::size_t dimension() const { return d_; }

  // f at n equal steps from one point to another, both included. After a stop nothing is evaluated any more, and all is 0.
  std::span<const double> along(const Point& from, const Point& to, std::size_t n);

  // The place of the largest |f| among n independent points: these meet a small support sooner than lines do. Empty: f is 0.
  Point scatter(std::int64_t n);

  // Point i of the last line, in the unit cube.
  Point point(std::size_t i) const;

  // A random line within a random box between the cuts.
  std::pair<Point, Point> random_line(const std::vector<std::vector<double>>& cuts, Purpose purpose, std::uint64_t number) const;

 private:
  void evaluate(std::span<double> f);

  const Context& context_;
  const tasks::StopToken& stop_;
  random::Stream stream_;
  std::size_t d_;
  PointBlock block_;
  Point from_, to_;  // of the last line
  std::size_t n_ = 2;
  std::int64_t evaluations_ = 0;
};

// |f[i] - 4 f[i + step] + 6 f[i + 2 step] - 4 f[i + 3 step] + f[i + 4 step]|.
double fourth_difference(std::span<const double> f, std::size_t i, std::size_t step);

// Of the largest |f|, and that value.
std::size_t index_of_largest(std::span<const double> f);
double largest_value(std::span<const double> f);

}  // namespace shoal::workloads::integrate
