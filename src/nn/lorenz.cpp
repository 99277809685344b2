// SPDX-License-Identifier: Apache-2.0
// With x = sum x_n t^n and so on, the equations give the coefficients one after the other:
//   (n + 1) x_{n+1} = sigma (y_n - x_n)
//   (n + 1) y_{n+1} = rho x_n - y_n - sum_{i <= n} x_i z_{n-i}
//   (n + 1) z_{n+1} = sum_{i <= n} x_i y_{n-i} - beta z_n
#include "nn/lorenz.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::nn {
namespace {

constexpr int kMostTerms = 30;

struct Series {
  double x[kMostTerms + 1], y[kMostTerms + 1], z[kMostTerms + 1];
};

void next_coefficients(const LorenzParameters& p, Series& s, int n) {
  double xz = 0, xy = 0;
  for (int i = 0; i <= n; ++i) {
    xz = std::fma(s.x[i], s.z[n - i], xz);
    xy = std::fma(s.x[i], s.y[n - i], xy);
  }
  const double divisor = n + 1;
  s.x[n + 1] = p.sigma * (s.y[n] - s.x[n]) / divisor;
  s.y[n + 1] = (std::fma(p.rho, s.x[n], -s.y[n]) - xz) / divisor;
  s.z[n + 1] = std::fma(-p.beta, s.z[n], xy) / divisor;
}

double largest(double x, double y, double z) { return std::max({std::fabs(x), std::fabs(y), std::fabs(z)}); }

// c[0] + c[1] h + ... + c[n] h^n by Horner's rule.
double sum_series(const double* c, int n, double h) {
  double sum = c[n];
  for (int i = n - 1; i >= 0; --i) sum = std::fma(sum, h, c[i]);
  return sum;
}

// Advances by h if the series converges fast enough; the point is untouched otherwise.
bool try_step(const LorenzParameters& p, double h, Point& point) {
  Series s;
  s.x[0] = point[0], s.y[0] = point[1], s.z[0] = point[2];
  const double limit = p.tolerance * std::max(1.0, largest(point[0], point[1], point[2]));
  double power = 1;
  int small = 0;
  for (int n = 0; n < kMostTerms; ++n) {
    next_coefficients(p, s, n);
    power *= h;
    small = largest(s.x[n + 1], s.y[n + 1], s.z[n + 1]) * power <= limit ? small + 1 : 0;
    if (small == 2) {
      point = {sum_series(s.x, n + 1, h), sum_series(s.y, n + 1, h), sum_series(s.z, n + 1, h)};
      return true;
    }
  }
  return false;
}

// Steps of interval / 2^k, as few as the tolerance allows. Gives up (and returns what it has) where no step is small enough.
void advance(const LorenzParameters& p, double interval, Point& point) {
  constexpr int kMostHalvings = 40;
  double done = 0, h = interval;
  int halvings = 0;
  while (done < interval && halvings < kMostHalvings) {
    if (try_step(p, h, point)) {
      done += h;
    } else {
      h *= 0.5;
      ++halvings;
    }
  }
}

}  // namespace

std::vector<Point> lorenz_trajectory(const LorenzParameters& p) {
  std::vector<Point> points(static_cast<std::size_t>(p.points));
  Point point = {p.start[0], p.start[1], p.start[2]};
  const double interval = p.t_end / static_cast<double>(p.points - 1);
  for (Point& each : points) {
    each = point;
    if (&each != &points.back()) advance(p, interval, point);
  }
  return points;
}

}  // namespace shoal::nn
