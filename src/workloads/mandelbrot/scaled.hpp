// SPDX-License-Identifier: Apache-2.0
// Numbers below the range of doubles: a mantissa and a power of two. Beside them plain complex numbers with the same
// operations, so that code can be written once for both.
//
// Every operation is + - * / of doubles and exact scaling, so that it has the same bits everywhere. Real numbers carry a
// mantissa in [1, 2) or 0; complex ones share an exponent, and the larger of |re| and |im| is in [1, 2).
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace shoal::workloads::mandelbrot {

// 2^k for -1022 <= k <= 1023.
inline double power_of_two(std::int64_t k) { return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52); }

// floor(log2|x|) of a normal number; -1023 for zero and subnormal ones.
inline std::int64_t exponent_of(double x) { return static_cast<std::int64_t>((std::bit_cast<std::uint64_t>(x) >> 52) & 0x7ff) - 1023; }

inline constexpr std::int64_t kZeroExponent = -(std::int64_t{1} << 60);
inline constexpr std::int64_t kNegligible = -1000;  // beside 1, less than half a unit in the last place by far

// mantissa * 2^exponent.
struct ScaledReal {
  double mantissa = 0;
  std::int64_t exponent = kZeroExponent;

  ScaledReal() = default;
  ScaledReal(double value, std::int64_t power) {
    if (value == 0) return;
    if (exponent_of(value) == -1023) {  // subnormal
      value *= 0x1p64;
      power -= 64;
    }
    const std::int64_t k = exponent_of(value);
    mantissa = k == 1023 ? value * 0.5 * power_of_two(-1022) : value * power_of_two(-k);
    exponent = power + k;
  }

  friend ScaledReal operator*(ScaledReal a, ScaledReal b) { return {a.mantissa * b.mantissa, a.exponent + b.exponent}; }
  friend ScaledReal operator/(ScaledReal a, ScaledReal b) { return {a.mantissa / b.mantissa, a.exponent - b.exponent}; }
  friend ScaledReal operator+(ScaledReal a, ScaledReal b) {
    if (a.exponent < b.exponent) std::swap(a, b);
    const std::int64_t shift = b.exponent - a.exponent;
    if (shift < kNegligible) return a;
    return {a.mantissa + b.mantissa * power_of_two(shift), a.exponent};
  }
  friend ScaledReal operator-(ScaledReal a, ScaledReal b) {
    b.mantissa = -b.mantissa;
    return a + b;
  }
  // Only of numbers >= 0.
  friend bool operator<(const ScaledReal& a, const ScaledReal& b) {
    return a.exponent < b.exponent || (a.exponent == b.exponent && a.mantissa < b.mantissa);
  }
  bool is_positive() const { return mantissa > 0; }

  // Rounds to 0 below 2^-1022.
  double value() const {
    if (exponent < -1022) return 0;
    return mantissa * power_of_two(exponent);
  }
};

// re + i im.
struct PlainComplex {
  double re = 0;
  double im = 0;

  friend PlainComplex operator+(PlainComplex a, PlainComplex b) { return {a.re + b.re, a.im + b.im}; }
  friend PlainComplex operator*(PlainComplex a, PlainComplex b) {
    return {std::fma(a.re, b.re, -(a.im * b.im)), std::fma(a.re, b.im, a.im * b.re)};
  }
};

// (re + i im) 2^exponent.
struct ScaledComplex {
  double re = 0;
  double im = 0;
  std::int64_t exponent = kZeroExponent;

  ScaledComplex() = default;
  ScaledComplex(double real, double imaginary, std::int64_t power) {
    const double larger = std::max(std::fabs(real), std::fabs(imaginary));
    if (larger == 0) return;
    std::int64_t k = exponent_of(larger);
    if (k == -1023) {  // subnormal
      *this = ScaledComplex(real * 0x1p64, imaginary * 0x1p64, power - 64);
      return;
    }
    k = std::min<std::int64_t>(k, 1022);
    const double scale = power_of_two(-k);
    re = real * scale;
    im = imaginary * scale;
    exponent = power + k;
  }
  explicit ScaledComplex(PlainComplex z) : ScaledComplex(z.re, z.im, 0) {}
  ScaledComplex(ScaledReal x, ScaledReal y) {
    const std::int64_t top = std::max(x.exponent, y.exponent);
    const auto at_top = [top](ScaledReal v) { return v.exponent - top < kNegligible ? 0.0 : v.mantissa * power_of_two(v.exponent - top); };
    *this = ScaledComplex(at_top(x), at_top(y), top);
  }

  friend ScaledComplex operator*(const ScaledComplex& a, const ScaledComplex& b) {
    const PlainComplex product = PlainComplex{a.re, a.im} * PlainComplex{b.re, b.im};
    return {product.re, product.im, a.exponent + b.exponent};
  }
  friend ScaledComplex operator+(const ScaledComplex& a, const ScaledComplex& b) {
    if (a.exponent < b.exponent) return b + a;
    const std::int64_t shift = b.exponent - a.exponent;
    if (shift < kNegligible) return a;
    const double scale = power_of_two(shift);
    return {a.re + b.re * scale, a.im + b.im * scale, a.exponent};
  }

  // Parts below 2^-1022 round to 0.
  PlainComplex value() const {
    if (exponent < -1022) return {};
    const double scale = power_of_two(exponent);
    return {re * scale, im * scale};
  }
};

// |re| + |im|: between |z| and sqrt(2) |z|, and free of underflow where |z|^2 is not.
inline double norm1(PlainComplex z) { return std::fabs(z.re) + std::fabs(z.im); }
inline ScaledReal norm1(const ScaledComplex& z) { return {std::fabs(z.re) + std::fabs(z.im), z.exponent}; }
inline double norm2_squared(PlainComplex z) { return std::fma(z.re, z.re, z.im * z.im); }

inline bool is_positive(double x) { return x > 0; }  // false for NaN
inline bool is_positive(const ScaledReal& x) { return x.is_positive(); }

}  // namespace shoal::workloads::mandelbrot
