// SPDX-License-Identifier: Apache-2.0
// A real number of any precision: MPFR's type as a value. All operations round to nearest.
#pragma once

#include <mpfr.h>

#include <string>
#include <utility>

namespace shoal::workloads::mandelbrot {

class BigFloat {
 public:
  explicit BigFloat(long bits) { mpfr_init2(value_, static_cast<mpfr_prec_t>(bits)), mpfr_set_zero(value_, 1); }
  // A decimal number such as "-1.25e-3". Throws std::invalid_argument if it is none.
  BigFloat(const std::string& text, long bits);
  BigFloat(const BigFloat& other) : BigFloat(other.bits()) { mpfr_set(value_, other.value_, MPFR_RNDN); }
  BigFloat& operator=(const BigFloat&) = delete;
  ~BigFloat() { mpfr_clear(value_); }

  long bits() const { return static_cast<long>(mpfr_get_prec(value_)); }
  bool is_zero() const { return mpfr_zero_p(value_) != 0; }
  double to_double() const { return mpfr_get_d(value_, MPFR_RNDN); }
  // mantissa * 2^exponent with the mantissa in [1, 2), rounded to a double; 0: (0, 0).
  std::pair<double, long> to_scaled() const;

  mpfr_ptr get() { return value_; }
  mpfr_srcptr get() const { return value_; }

 private:
  mpfr_t value_;
};

}  // namespace shoal::workloads::mandelbrot
