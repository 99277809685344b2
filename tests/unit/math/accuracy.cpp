// SPDX-License-Identifier: Apache-2.0
// Errors in ulp against MPFR: the bounds that functions.hpp states. Seeds are fixed; the worst argument is
// printed.
#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "shoal/math/functions.hpp"

namespace math = shoal::math;

namespace {

using MpfrFunction = int (*)(mpfr_t, const mpfr_t, mpfr_rnd_t);

// A number of 96 bits that frees itself.
class Exact {
 public:
  Exact() { mpfr_init2(value, 96); }
  ~Exact() { mpfr_clear(value); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  mpfr_t value;
};

struct Format {
  int digits, smallest_exponent, largest_exponent;  // of 2^e: ulp of subnormals, first power that overflows
};
constexpr Format format_of(double) {
  return {53, -1074, 1024};
}
constexpr Format format_of(float) {
  return {24, -149, 128};
}

// |y - exact| in ulp of the exact value; infinity counts as the power of two that it stands for.
template <typename T>
double error_in_ulp(T y, Exact& exact) {
  if (mpfr_nan_p(exact.value)) return std::isnan(y) ? 0 : std::numeric_limits<double>::infinity();
  if (std::isnan(y)) return std::numeric_limits<double>::infinity();
  constexpr Format format = format_of(T{});
  if (mpfr_inf_p(exact.value)) return std::isinf(y) ? 0 : std::numeric_limits<double>::infinity();
  if (mpfr_zero_p(exact.value)) return y == 0 ? 0 : std::numeric_limits<double>::infinity();
  const long exponent = mpfr_get_exp(exact.value);
  if (exponent > format.largest_exponent) return std::isinf(y) ? 0 : std::numeric_limits<double>::infinity();
  if (std::isinf(y)) {
    mpfr_abs(exact.value, exact.value, MPFR_RNDN);
    Exact end;
    mpfr_set_ui_2exp(end.value, 1, format.largest_exponent, MPFR_RNDN);
    mpfr_sub(exact.value, exact.value, end.value, MPFR_RNDN);
  } else {
    mpfr_sub_d(exact.value, exact.value, static_cast<double>(y), MPFR_RNDN);
  }
  const long ulp = std::max<long>(std::min<long>(exponent, format.largest_exponent) - format.digits,
                                  format.smallest_exponent);
  mpfr_mul_2si(exact.value, exact.value, -ulp, MPFR_RNDN);
  return std::abs(mpfr_get_d(exact.value, MPFR_RNDN));
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
  }
  // Any finite number of [low, high], all binades alike, subnormals included.
  double any(double low, double high) {
    for (;;) {
      const double x = std::bit_cast<double>(bits());
      if (x >= low && x <= high) return x;
    }
  }

 private:
  std::uint64_t state_;
};

// The full set of tests (SHOAL_TEST_FULL=1) takes ten times as many arguments.
int repetitions() {
  return std::getenv("SHOAL_TEST_FULL") != nullptr ? 10 : 1;
}

template <typename T>
struct Case {
  const char* name;
  T (*function)(T);
  MpfrFunction exact;
  double low, high;  // where arguments of all binades are taken
  double from, to;   // where they are taken uniformly
  double bound;
  int count = 25000;  // of each kind, ten times as many in the full set
};

// Arguments near which errors gather or cancellation is hardest, within the domain.
constexpr double hard[] = {0x1.921fb54442d18p+0,
                           0x1.921fb54442d18p+1,
                           0x1.921fb54442d18p+9,
                           6381956970095103.0 * 0x1p797,  // sin, cos, tan
                           1e22,
                           0x1.fffffffffffffp+1023,
                           0x1p30,
                           0x1.fffffffffffffp29,
                           1,
                           1 + 0x1p-52,
                           1 - 0x1p-53,
                           2,
                           0.5,
                           0x1p-1022,
                           0x1p-1074,
                           0x1.fffffffffffffp-1023,
                           0x1p-53,
                           0x1p-54,
                           0x1p-27,
                           0x1p-28,
                           709.782712893384,
                           709.7827128933841,
                           710.4758600739439,
                           745.1332191019411,
                           745.1332191019412,
                           708.3964185322641,
                           26.543259,
                           27.2264,
                           0.75,
                           6,
                           20,
                           40,
                           171.62437695630271,
                           10,
                           9.999999999999998,
                           2.4570247382208,
                           0.41421356237309503,
                           0.7071067811865476,
                           1.4142135623730951,
                           0.34657359027997264,
                           1.0397207708399179};

template <typename T>
double worst_error(const Case<T>& c, double& worst_x) {
  std::vector<T> arguments;
  Generator generator(20260101);
  for (int i = 0; i < c.count * repetitions(); ++i) {
    arguments.push_back(static_cast<T>(generator.any(c.low, c.high)));
    arguments.push_back(static_cast<T>(generator.uniform(c.from, c.to)));
  }
  for (const double x : hard) {
    for (const double signed_x : {x, -x})
      if (signed_x >= c.low && signed_x <= c.high) arguments.push_back(static_cast<T>(signed_x));
  }
  Exact x, y;
  double worst = 0;
  for (const T argument : arguments) {
    mpfr_set_d(x.value, static_cast<double>(argument), MPFR_RNDN);
    c.exact(y.value, x.value, MPFR_RNDN);
    const double error = error_in_ulp(c.function(argument), y);
    if (!(error <= worst)) {
      worst = error;
      worst_x = static_cast<double>(argument);
    }
  }
  return worst;
}

template <typename T>
void check(const Case<T>& c) {
  double worst_x = 0;
  const double worst = worst_error(c, worst_x);
  INFO(c.name << ": " << worst << " ulp at " << worst_x);
  std::printf("%-8s %-4s %.4f ulp at %.17g\n", c.name, sizeof(T) == 8 ? "f64" : "f32", worst, worst_x);
  CHECK(worst <= c.bound);
}

using MpfrBinary = int (*)(mpfr_t, const mpfr_t, const mpfr_t, mpfr_rnd_t);

template <class Arguments>
void check_binary(const char* name, double (*function)(double, double), MpfrBinary exact, double bound,
                  Arguments arguments) {
  Generator generator(20260102);
  Exact a, b, y;
  double worst = 0, worst_a = 0, worst_b = 0;
  for (int i = 0; i < 10000 * repetitions(); ++i) {
    const auto [first, second] = arguments(generator);
    mpfr_set_d(a.value, first, MPFR_RNDN);
    mpfr_set_d(b.value, second, MPFR_RNDN);
    exact(y.value, a.value, b.value, MPFR_RNDN);
    const double error = error_in_ulp(function(first, second), y);
    if (!(error <= worst)) worst = error, worst_a = first, worst_b = second;
  }
  INFO(name << ": " << worst << " ulp at " << worst_a << ", " << worst_b);
  std::printf("%-8s f64  %.4f ulp at %.17g, %.17g\n", name, worst, worst_a, worst_b);
  CHECK(worst <= bound);
}

int sigmoid_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t mode) {
  mpfr_neg(y, x, mode);
  mpfr_exp(y, y, mode);
  mpfr_add_ui(y, y, 1, mode);
  return mpfr_ui_div(y, 1, y, mode);
}

int lgamma_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t mode) {
  int sign = 0;
  return mpfr_lgamma(y, &sign, x, mode);
}

constexpr double max = std::numeric_limits<double>::max();
constexpr double max_f32 = std::numeric_limits<float>::max();

}  // namespace

TEST_CASE("Exponentials and logarithms keep their error bounds", "[unit]") {
  check<double>({"exp", math::exp, mpfr_exp, -800, 800, -745, 710, 0.75});
  check<double>({"exp", math::exp, mpfr_exp, -708, 800, -708, 710, 0.66});
  check<double>({"exp2", math::exp2, mpfr_exp2, -1100, 1100, -1075, 1024, 0.75});
  check<double>({"exp2", math::exp2, mpfr_exp2, -1022, 1100, -1022, 1024, 0.53});
  check<double>({"expm1", math::expm1, mpfr_expm1, -800, 800, -2, 2, 0.65});
  check<double>({"log", math::log, mpfr_log, 0, max, 0.5, 2, 0.53});
  check<double>({"log2", math::log2, mpfr_log2, 0, max, 0.5, 2, 0.54});
  check<double>({"log10", math::log10, mpfr_log10, 0, max, 0.5, 2, 0.53});
  check<double>({"log1p", math::log1p, mpfr_log1p, -1, max, -0.9, 2, 0.54});
}

TEST_CASE("Trigonometric functions keep their error bounds over the full range", "[unit]") {
  check<double>({"sin", math::sin, mpfr_sin, -max, max, -10, 10, 0.8});
  check<double>({"cos", math::cos, mpfr_cos, -max, max, -10, 10, 0.8});
  check<double>({"tan", math::tan, mpfr_tan, -max, max, -10, 10, 0.88});
  check<double>({"sin", math::sin, mpfr_sin, -max, max, -0x1p31, 0x1p31, 0.8, 5000});
  check<double>({"cos", math::cos, mpfr_cos, -max, max, -0x1p31, 0x1p31, 0.8, 5000});
}

TEST_CASE("Inverse trigonometric functions keep their error bounds", "[unit]") {
  check<double>({"asin", math::asin, mpfr_asin, -1, 1, -1, 1, 0.65});
  check<double>({"acos", math::acos, mpfr_acos, -1, 1, -1, 1, 0.65});
  check<double>({"atan", math::atan, mpfr_atan, -max, max, -5, 5, 0.68});
}

TEST_CASE("Hyperbolic functions keep their error bounds", "[unit]") {
  check<double>({"sinh", math::sinh, mpfr_sinh, -720, 720, -45, 45, 0.56});
  check<double>({"cosh", math::cosh, mpfr_cosh, -720, 720, -45, 45, 0.54});
  check<double>({"tanh", math::tanh, mpfr_tanh, -max, max, -22, 22, 0.55});
  check<double>({"asinh", math::asinh, mpfr_asinh, -max, max, -5, 5, 0.54});
  check<double>({"acosh", math::acosh, mpfr_acosh, 1, max, 1, 5, 0.53});
  check<double>({"atanh", math::atanh, mpfr_atanh, -1, 1, -1, 1, 0.53});
}

TEST_CASE("Powers, angles and lengths of two arguments keep their error bounds", "[unit]") {
  const auto near = [](Generator& g) { return std::pair(g.uniform(-3, 3), g.uniform(-3, 3)); };
  const auto far = [](Generator& g) { return std::pair(g.any(-max, max), g.any(-max, max)); };
  check_binary("pow", math::pow, mpfr_pow, 0.8,
               [](Generator& g) { return std::pair(g.uniform(0, 4), g.uniform(-50, 50)); });
  check_binary("pow", math::pow, mpfr_pow, 0.8,
               [](Generator& g) { return std::pair(g.any(0, max), g.uniform(-3, 3)); });
  // Near 1 with a huge exponent; integer powers of negative numbers.
  check_binary("pow", math::pow, mpfr_pow, 0.8,
               [](Generator& g) { return std::pair(1 + g.uniform(-1e-9, 1e-9), g.uniform(-7e11, 7e11)); });
  check_binary("pow", math::pow, mpfr_pow, 0.8,
               [](Generator& g) { return std::pair(g.uniform(-9, 0), std::floor(g.uniform(-300, 300))); });
  check_binary("atan2", math::atan2, mpfr_atan2, 0.8, near);
  check_binary("atan2", math::atan2, mpfr_atan2, 0.8, far);
  check_binary("hypot", math::hypot, mpfr_hypot, 0.53, near);
  check_binary("hypot", math::hypot, mpfr_hypot, 0.53, far);
}

TEST_CASE("Roots keep their error bounds", "[unit]") {
  check<double>({"sqrt", math::sqrt, mpfr_sqrt, 0, max, 0, 4, 0.5});
  check<double>({"cbrt", math::cbrt, mpfr_cbrt, -max, max, 0, 8, 0.501});
}

TEST_CASE("Error functions keep their error bounds", "[unit]") {
  check<double>({"erf", math::erf, mpfr_erf, -max, max, -6, 6, 0.85, 5000});
  check<double>({"erfc", math::erfc, mpfr_erfc, -30, 30, -6, 28, 0.75, 5000});
}

TEST_CASE("Gamma functions keep their error bounds", "[unit]") {
  check<double>({"tgamma", math::tgamma, mpfr_gamma, -184, 172, -184, 172, 0.85, 5000});
  check<double>({"lgamma", math::lgamma, lgamma_exact, -2, 2e305, 0, 20, 1.8, 5000});
}

// Below -2 the function has zeros, near which a relative error means nothing: ulp of the larger of the result
// and 1.
TEST_CASE("lgamma keeps an absolute error bound where it has zeros", "[unit]") {
  Generator generator(5);
  Exact x, y;
  double worst = 0;
  for (int i = 0; i < 5000 * repetitions(); ++i) {
    const double argument = i % 2 == 0 ? generator.uniform(-200, -2) : generator.uniform(-4, -2);
    mpfr_set_d(x.value, argument, MPFR_RNDN);
    lgamma_exact(y.value, x.value, MPFR_RNDN);
    const double size = std::max(1.0, std::abs(mpfr_get_d(y.value, MPFR_RNDN)));
    mpfr_sub_d(y.value, y.value, math::lgamma(argument), MPFR_RNDN);
    const double ulp = std::ldexp(1.0, std::ilogb(size) - 52);
    worst = std::max(worst, std::abs(mpfr_get_d(y.value, MPFR_RNDN)) / ulp);
  }
  INFO(worst);
  CHECK(worst <= 1.8);
}

TEST_CASE("Single precision keeps its error bounds", "[unit]") {
  check<float>({"exp", math::exp, mpfr_exp, -120, 120, -104, 89, 1.02});
  check<float>({"log", math::log, mpfr_log, 0, max_f32, 0.5, 2, 0.92});
  check<float>({"tanh", math::tanh, mpfr_tanh, -max_f32, max_f32, -10, 10, 2.3});
  check<float>({"sigmoid", math::sigmoid, sigmoid_exact, -120, 120, -104, 20, 2.4});
  check<float>({"erf", math::erf, mpfr_erf, -max_f32, max_f32, -5, 5, 1.12, 5000});
}
