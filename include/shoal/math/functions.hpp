// SPDX-License-Identifier: Apache-2.0
// Elementary functions with the same bits everywhere: any x86-64 CPU with FMA, AVX2 or AVX-512, GCC or clang,
// debug or release, one value or an array. Only + - * / sqrt fma and integer operations are used; no libm.
//
// Each function has a form for one value and one for arrays (SIMD, dispatched at run time; x and y of equal
// length, y may be x itself). Both give the same bits. They cover the full range, subnormals included, with
// the special values of C99 Annex F; every NaN that comes out is the quiet NaN 0x7ff8000000000000
// (0x7fc00000). No floating-point exception flags are promised, errno is never set, and the rounding mode
// must be to nearest.
//
// Error bounds in units in the last place of the exact result, asserted by tests/unit/math/accuracy.cpp
// against MPFR over all binades (0.5 is a correctly rounded function):
//
//   f64  sqrt 0.5 (exact), cbrt hypot 0.501
//        log log2 log10 log1p acosh asinh atanh cosh 0.54, sinh tanh 0.56
//        exp2 0.53, expm1 asin acos 0.65, exp 0.66, atan 0.68, erfc 0.75, sin cos atan2 pow 0.8, erf tgamma
//        0.85, tan 0.88 (0.75 for exp and exp2, 1 for others, where the result is subnormal) lgamma 1.8;
//        below -2, where it has zeros, 1.8 ulp of the larger of the result and 1
//   f32  log 0.92, exp 1.02, erf 1.12, tanh 2.3, sigmoid 2.4
#pragma once

#include <span>

namespace shoal::math {

// --- exponentials and logarithms ---
double exp(double x) noexcept;
double exp2(double x) noexcept;
double expm1(double x) noexcept;
double log(double x) noexcept;
double log2(double x) noexcept;
double log10(double x) noexcept;
double log1p(double x) noexcept;
double pow(double x, double y) noexcept;

// --- trigonometric functions (radians; full range by exact reduction) and their inverses ---
double sin(double x) noexcept;
double cos(double x) noexcept;
double tan(double x) noexcept;
double asin(double x) noexcept;
double acos(double x) noexcept;
double atan(double x) noexcept;
double atan2(double y, double x) noexcept;

// --- hyperbolic functions and their inverses ---
double sinh(double x) noexcept;
double cosh(double x) noexcept;
double tanh(double x) noexcept;
double asinh(double x) noexcept;
double acosh(double x) noexcept;
double atanh(double x) noexcept;

// --- roots (sqrt and fma of the language are exact and need no twin here) ---
double sqrt(double x) noexcept;
double cbrt(double x) noexcept;
double hypot(double x, double y) noexcept;

// --- error and gamma functions ---
double erf(double x) noexcept;
double erfc(double x) noexcept;
double tgamma(double x) noexcept;
double lgamma(double x) noexcept;

// --- single precision ---
float exp(float x) noexcept;
float log(float x) noexcept;
float tanh(float x) noexcept;
float sigmoid(float x) noexcept;  // 1 / (1 + e^-x)
float erf(float x) noexcept;

// --- arrays: y[i] = f(x[i]) ---
void exp(std::span<const double> x, std::span<double> y);
void exp2(std::span<const double> x, std::span<double> y);
void expm1(std::span<const double> x, std::span<double> y);
void log(std::span<const double> x, std::span<double> y);
void log2(std::span<const double> x, std::span<double> y);
void log10(std::span<const double> x, std::span<double> y);
void log1p(std::span<const double> x, std::span<double> y);
void sin(std::span<const double> x, std::span<double> y);
void cos(std::span<const double> x, std::span<double> y);
void tan(std::span<const double> x, std::span<double> y);
void asin(std::span<const double> x, std::span<double> y);
void acos(std::span<const double> x, std::span<double> y);
void atan(std::span<const double> x, std::span<double> y);
void sinh(std::span<const double> x, std::span<double> y);
void cosh(std::span<const double> x, std::span<double> y);
void tanh(std::span<const double> x, std::span<double> y);
void asinh(std::span<const double> x, std::span<double> y);
void acosh(std::span<const double> x, std::span<double> y);
void atanh(std::span<const double> x, std::span<double> y);
void sqrt(std::span<const double> x, std::span<double> y);
void cbrt(std::span<const double> x, std::span<double> y);
void erf(std::span<const double> x, std::span<double> y);
void erfc(std::span<const double> x, std::span<double> y);
void tgamma(std::span<const double> x, std::span<double> y);
void lgamma(std::span<const double> x, std::span<double> y);
void exp(std::span<const float> x, std::span<float> y);
void log(std::span<const float> x, std::span<float> y);
void tanh(std::span<const float> x, std::span<float> y);
void sigmoid(std::span<const float> x, std::span<float> y);
void erf(std::span<const float> x, std::span<float> y);

// z[i] = f(x[i], y[i])
void pow(std::span<const double> x, std::span<const double> y, std::span<double> z);
void atan2(std::span<const double> y, std::span<const double> x, std::span<double> z);
void hypot(std::span<const double> x, std::span<const double> y, std::span<double> z);

}  // namespace shoal::math
