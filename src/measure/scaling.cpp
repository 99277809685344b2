// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/scaling.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::measure {

double amdahl_speedup(double serial_share, double p) { return 1 / (serial_share + (1 - serial_share) / p); }

double gustafson_speedup(double serial_share, double p) { return p - serial_share * (p - 1); }

double karp_flatt(double speedup, double p) { return (1 / speedup - 1 / p) / (1 - 1 / p); }

double efficiency(double speedup, double p) { return speedup / p; }

double weak_efficiency(double seconds_1, double seconds_p) { return seconds_1 / seconds_p; }

// Golden section: the sum of squares has one minimum in the serial share, since every S(p) falls with it.
double fit_amdahl(std::span<const double> p, std::span<const double> speedup) {
  const auto squares = [&](double share) {
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double residual = amdahl_speedup(share, p[i]) - speedup[i];
      sum += residual * residual;
    }
    return sum;
  };
  const double golden = 0.5 * (std::sqrt(5.0) - 1);
  double low = 0, high = 1;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = squares(left), at_right = squares(right);
  while (high - low > 1e-12) {
    if (at_left <= at_right) {
      high = right;
      right = left, at_right = at_left;
      left = high - golden * (high - low);
      at_left = squares(left);
    } else {
      low = left;
      left = right, at_left = at_right;
      right = low + golden * (high - low);
      at_right = squares(right);
    }
  }
  const double inside = 0.5 * (low + high);
  return squares(0) <= squares(inside) ? 0 : inside;
}

// Linear: p - S = f (p - 1).
double fit_gustafson(std::span<const double> p, std::span<const double> speedup) {
  double above = 0, below = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    above += (p[i] - 1) * (p[i] - speedup[i]);
    below += (p[i] - 1) * (p[i] - 1);
  }
  return below > 0 ? std::clamp(above / below, 0.0, 1.0) : 0;
}

}  // namespace shoal::measure
