// SPDX-License-Identifier: Apache-2.0
// Escape times point by point: what the header says, and nothing else.
#include "shoal/kernels/escape_time.hpp"

namespace shoal::kernels {

void escape_step(EscapeArithmetic arithmetic, double& x, double& y, double c_real, double c_imag) {
  if (arithmetic == EscapeArithmetic::strict) {
    const double x2 = x * x, y2 = y * y, xy = x * y;
    x = (x2 - y2) + c_real;
    y = (xy + xy) + c_imag;
  } else {
    const double t = __builtin_fma(-y, y, c_real), twice = x + x;
    x = __builtin_fma(x, x, t);
    y = __builtin_fma(twice, y, c_imag);
  }
}

EscapePoint escape_time(EscapeArithmetic arithmetic, double c_real, double c_imag, std::uint32_t max_iterations) {
  EscapePoint point;
  escape_time(arithmetic, c_real, c_imag, max_iterations, [] { return false; }, point);
  return point;
}

bool escape_time(EscapeArithmetic arithmetic, double c_real, double c_imag, std::uint32_t max_iterations, const std::function<bool()>& stop,
                 EscapePoint& point) {
  constexpr std::uint32_t kBetweenPolls = 65536;
  point.iterations = 0;
  double x = 0, y = 0;
  for (std::uint32_t n = 1; n != 0 && n <= max_iterations; ++n) {
    if (n % kBetweenPolls == 0 && stop()) return false;
    escape_step(arithmetic, x, y, c_real, c_imag);
    const double size = arithmetic == EscapeArithmetic::strict ? x * x + y * y : __builtin_fma(x, x, y * y);
    if (size > 4) {
      point.iterations = n;
      break;
    }
  }
  point.z_real = x;
  point.z_imag = y;
  return true;
}

bool in_cardioid_or_disc(double x, double y) {
  const double y2 = y * y, a = x - 0.25, b = x + 1;
  const double q = a * a + y2;
  return q * (q + a) <= 0.25 * y2 || b * b + y2 <= 0.0625;
}

void escape_derivatives_reference(EscapeArithmetic arithmetic, const EscapeOrbits& orbits) {
  for (std::size_t k = 0; k < orbits.n.size(); ++k) {
    double x = 0, y = 0, u = 0, v = 0;
    for (std::uint32_t n = 0; n < orbits.n[k]; ++n) {
      const double real = x * u - y * v, imag = x * v + y * u;
      u = (real + real) + 1;
      v = imag + imag;
      escape_step(arithmetic, x, y, orbits.c_real[k], orbits.c_imag[k]);
    }
    orbits.z_real[k] = x;
    orbits.z_imag[k] = y;
    orbits.d_real[k] = u;
    orbits.d_imag[k] = v;
  }
}

}  // namespace shoal::kernels
