// SPDX-License-Identifier: Apache-2.0
// With x = sum x_n t^n and so on, the equations give the coefficients one after the other:
//   (n + 1) x_{n+1} = sigma (y_n - x_n)
//   (n + 1) y_{n+1} = rho x_n - y_n - sum_{i <= n} x_i z_{n-i}
//   (n + 1) z_{n+1} = sum_{i <= n} x_i y_{n-i} - beta z_n
#include "nn/lorenz.hpp"

#include <cmath>

namespace shoal::nn {

std::vector<Point> lorenz_trajectory(const LorenzParameters& p) {
  const auto next = [&p](Series& s, int n) {
    double xz = 0, xy = 0;
    for (int i = 0; i <= n; ++i) {
      xz = std::fma(s.x[i], s.z[n - i], xz);
      xy = std::fma(s.x[i], s.y[n - i], xy);
    }
    const double divisor = n + 1;
    s.x[n + 1] = p.sigma * (s.y[n] - s.x[n]) / divisor;
    s.y[n + 1] = (std::fma(p.rho, s.x[n], -s.y[n]) - xz) / divisor;
    s.z[n + 1] = std::fma(-p.beta, s.z[n], xy) / divisor;
  };
  const double interval = p.t_end / static_cast<double>(p.points - 1);
  return taylor_trajectory(next, {p.start[0], p.start[1], p.start[2]}, p.points, interval, p.tolerance);
}

}  // namespace shoal::nn
