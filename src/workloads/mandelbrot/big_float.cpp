// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/big_float.hpp"

#include <stdexcept>

namespace shoal::workloads::mandelbrot {

BigFloat::BigFloat(const std::string& text, long bits) : BigFloat(bits) {
  if (mpfr_set_str(value_, text.c_str(), 10, MPFR_RNDN) != 0 || mpfr_number_p(value_) == 0)
    throw std::invalid_argument("not a decimal number: " + text);
}

std::pair<double, long> BigFloat::to_scaled() const {
  if (is_zero()) return {0.0, 0};
  long exponent = 0;
  const double half = mpfr_get_d_2exp(&exponent, value_, MPFR_RNDN);  // in [1/2, 1)
  return {2 * half, exponent - 1};
}

}  // namespace shoal::workloads::mandelbrot
