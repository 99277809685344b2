// SPDX-License-Identifier: Apache-2.0
// Systems of three ordinary differential equations with polynomials on the right, by their Taylor series.
//
// From point to point the series is summed until two terms in a row are below tolerance * max(1, largest coordinate); where
// 30 terms do not suffice the step is halved. Only + - * / and fma in a fixed order: the same bits everywhere.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace shoal::nn {

using Point = std::array<double, 3>;

// Coefficients of x = sum x_n t^n and so on.
struct Series {
  static constexpr int kMostTerms = 30;
  double x[kMostTerms + 1], y[kMostTerms + 1], z[kMostTerms + 1];

  // c[0] + c[1] h + ... + c[n] h^n by Horner's rule.
  static double sum(const double* c, int n, double h) {
    double value = c[n];
    for (int i = n - 1; i >= 0; --i) value = std::fma(value, h, c[i]);
    return value;
  }
  static double largest(double x, double y, double z) { return std::max({std::fabs(x), std::fabs(y), std::fabs(z)}); }
};

// Advances by h if the series converges fast enough; the point is untouched otherwise. next(series, n) computes the
// coefficients n + 1 from those up to n.
template <class Next>
bool try_taylor_step(const Next& next, double tolerance, double h, Point& point) {
  Series s;
  s.x[0] = point[0], s.y[0] = point[1], s.z[0] = point[2];
  const double limit = tolerance * std::max(1.0, Series::largest(point[0], point[1], point[2]));
  double power = 1;
  int small = 0;
  for (int n = 0; n < Series::kMostTerms; ++n) {
    next(s, n);
    power *= h;
    small = Series::largest(s.x[n + 1], s.y[n + 1], s.z[n + 1]) * power <= limit ? small + 1 : 0;
    if (small == 2) {
      point = {Series::sum(s.x, n + 1, h), Series::sum(s.y, n + 1, h), Series::sum(s.z, n + 1, h)};
      return true;
    }
  }
  return false;
}

// Steps of interval / 2^k, as few as the tolerance allows. Gives up (and leaves what it has) where no step is small enough.
template <class Next>
void taylor_advance(const Next& next, double tolerance, double interval, Point& point) {
  constexpr int kMostHalvings = 40;
  double done = 0, h = interval;
  int halvings = 0;
  while (done < interval && halvings < kMostHalvings) {
    if (try_taylor_step(next, tolerance, h, point)) {
      done += h;
    } else {
      h *= 0.5;
      ++halvings;
    }
  }
}

// n_points points at distances of `interval`, the first at `point`.
template <class Next>
std::vector<Point> taylor_trajectory(const Next& next, Point point, std::int64_t n_points, double interval, double tolerance) {
  std::vector<Point> points(static_cast<std::size_t>(n_points));
  for (Point& each : points) {
    each = point;
    if (&each != &points.back()) taylor_advance(next, tolerance, interval, point);
  }
  return points;
}

}  // namespace shoal::nn
