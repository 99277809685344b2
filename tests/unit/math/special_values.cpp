// SPDX-License-Identifier: Apache-2.0
// The special values of C99 Annex F, and what must be exact.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "shoal/math/functions.hpp"

namespace math = shoal::math;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double quiet_nan = std::numeric_limits<double>::quiet_NaN();
constexpr double tiny = 0x1p-1074;

// Equal bits; any NaN must be the one NaN of this module.
bool same(double a, double b) {
  if (std::isnan(b)) return std::bit_cast<std::uint64_t>(a) == 0x7ff8000000000000u;
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

struct Row {
  const char* name;
  double (*function)(double);
  double x, y;
};

const Row rows[] = {{"exp", math::exp, inf, inf},
                    {"exp", math::exp, -inf, 0.0},
                    {"exp", math::exp, 0.0, 1},
                    {"exp", math::exp, -0.0, 1},
                    {"exp", math::exp, 710, inf},
                    {"exp", math::exp, -746, 0.0},
                    {"exp2", math::exp2, 1024, inf},
                    {"exp2", math::exp2, -1074, tiny},
                    {"exp2", math::exp2, -1076, 0.0},
                    {"exp2", math::exp2, 10, 1024},
                    {"exp2", math::exp2, inf, inf},
                    {"exp2", math::exp2, -inf, 0.0},
                    {"expm1", math::expm1, -inf, -1},
                    {"expm1", math::expm1, inf, inf},
                    {"expm1", math::expm1, -0.0, -0.0},
                    {"expm1", math::expm1, 0.0, 0.0},
                    {"expm1", math::expm1, tiny, tiny},
                    {"expm1", math::expm1, -60, -1},
                    {"log", math::log, 0.0, -inf},
                    {"log", math::log, -0.0, -inf},
                    {"log", math::log, 1, 0.0},
                    {"log", math::log, inf, inf},
                    {"log", math::log, -1, quiet_nan},
                    {"log", math::log, -inf, quiet_nan},
                    {"log2", math::log2, 0.0, -inf},
                    {"log2", math::log2, 0x1p-1074, -1074},
                    {"log2", math::log2, 1024, 10},
                    {"log2", math::log2, -tiny, quiet_nan},
                    {"log10", math::log10, 1000, 3},
                    {"log10", math::log10, 1e22, 22},
                    {"log10", math::log10, inf, inf},
                    {"log10", math::log10, -0.0, -inf},
                    {"log1p", math::log1p, -1, -inf},
                    {"log1p", math::log1p, -0.0, -0.0},
                    {"log1p", math::log1p, inf, inf},
                    {"log1p", math::log1p, -1.5, quiet_nan},
                    {"log1p", math::log1p, -inf, quiet_nan},
                    {"sin", math::sin, -0.0, -0.0},
                    {"sin", math::sin, inf, quiet_nan},
                    {"sin", math::sin, tiny, tiny},
                    {"cos", math::cos, 0.0, 1},
                    {"cos", math::cos, -inf, quiet_nan},
                    {"tan", math::tan, -0.0, -0.0},
                    {"tan", math::tan, inf, quiet_nan},
                    {"asin", math::asin, -0.0, -0.0},
                    {"asin", math::asin, 1.1, quiet_nan},
                    {"acos", math::acos, 1, 0.0},
                    {"acos", math::acos, -1.1, quiet_nan},
                    {"acos", math::acos, -1, 0x1.921fb54442d18p+1},
                    {"asin", math::asin, 1, 0x1.921fb54442d18p+0},
                    {"atan", math::atan, -0.0, -0.0},
                    {"atan", math::atan, inf, 0x1.921fb54442d18p+0},
                    {"atan", math::atan, -inf, -0x1.921fb54442d18p+0},
                    {"sinh", math::sinh, -0.0, -0.0},
                    {"sinh", math::sinh, -inf, -inf},
                    {"sinh", math::sinh, 711, inf},
                    {"cosh", math::cosh, -inf, inf},
                    {"cosh", math::cosh, -0.0, 1},
                    {"cosh", math::cosh, -711, inf},
                    {"tanh", math::tanh, -inf, -1},
                    {"tanh", math::tanh, inf, 1},
                    {"tanh", math::tanh, -0.0, -0.0},
                    {"tanh", math::tanh, tiny, tiny},
                    {"asinh", math::asinh, -0.0, -0.0},
                    {"asinh", math::asinh, -inf, -inf},
                    {"acosh", math::acosh, 1, 0.0},
                    {"acosh", math::acosh, 0.9, quiet_nan},
                    {"acosh", math::acosh, inf, inf},
                    {"acosh", math::acosh, -inf, quiet_nan},
                    {"atanh", math::atanh, 1, inf},
                    {"atanh", math::atanh, -1, -inf},
                    {"atanh", math::atanh, -0.0, -0.0},
                    {"atanh", math::atanh, 2, quiet_nan},
                    {"sqrt", math::sqrt, -0.0, -0.0},
                    {"sqrt", math::sqrt, -1, quiet_nan},
                    {"sqrt", math::sqrt, inf, inf},
                    {"cbrt", math::cbrt, -0.0, -0.0},
                    {"cbrt", math::cbrt, -inf, -inf},
                    {"cbrt", math::cbrt, -27, -3},
                    {"cbrt", math::cbrt, 0x1p-1074, 0x1p-358},
                    {"erf", math::erf, -inf, -1},
                    {"erf", math::erf, inf, 1},
                    {"erf", math::erf, -0.0, -0.0},
                    {"erf", math::erf, tiny, tiny},
                    {"erfc", math::erfc, -inf, 2},
                    {"erfc", math::erfc, inf, 0.0},
                    {"erfc", math::erfc, 0.0, 1},
                    {"erfc", math::erfc, 28, 0.0},
                    {"tgamma", math::tgamma, 0.0, inf},
                    {"tgamma", math::tgamma, -0.0, -inf},
                    {"tgamma", math::tgamma, 1, 1},
                    {"tgamma", math::tgamma, 6, 120},
                    {"tgamma", math::tgamma, 23, 1124000727777607680000.0},
                    {"tgamma", math::tgamma, -3, quiet_nan},
                    {"tgamma", math::tgamma, inf, inf},
                    {"tgamma", math::tgamma, -inf, quiet_nan},
                    {"tgamma", math::tgamma, 172, inf},
                    {"tgamma", math::tgamma, -200.5, -0.0},
                    {"lgamma", math::lgamma, 1, 0.0},
                    {"lgamma", math::lgamma, 2, 0.0},
                    {"lgamma", math::lgamma, 0.0, inf},
                    {"lgamma", math::lgamma, -4, inf},
                    {"lgamma", math::lgamma, -inf, inf},
                    {"lgamma", math::lgamma, inf, inf},
                    {"lgamma", math::lgamma, 1e308, inf}};

}  // namespace

TEST_CASE("Special values follow C99 Annex F", "[unit]") {
  for (const Row& row : rows) {
    INFO(row.name << "(" << row.x << ") = " << row.function(row.x) << ", expected " << row.y);
    CHECK(same(row.function(row.x), row.y));
  }
}

TEST_CASE("NaN gives the one NaN in every function", "[unit]") {
  for (const std::uint64_t bits :
       {0x7ff8000000000000u, 0xfff8000000000001u, 0x7ffc0ffee0000000u, 0x7ff0000000000001u}) {
    const double x = std::bit_cast<double>(bits);
#define SHOAL_MATH_UNARY(name, type)                                             \
  {                                                                              \
    INFO(#name);                                                                 \
    const type y = math::name(static_cast<type>(x));                             \
    if (sizeof(type) == 8)                                                       \
      CHECK(same(static_cast<double>(y), quiet_nan));                            \
    else                                                                         \
      CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(y)) == 0x7fc00000u); \
  }
#define SHOAL_MATH_BINARY(name, type)         \
  {                                           \
    INFO(#name);                              \
    CHECK(same(math::name(x, 2), quiet_nan)); \
    CHECK(same(math::name(3, x), quiet_nan)); \
  }
#include "math/functions.def"
#undef SHOAL_MATH_UNARY
#undef SHOAL_MATH_BINARY
  }
}

TEST_CASE("Powers of special values follow C99 F.9.4.4", "[unit]") {
  const struct {
    double x, y, z;
  } powers[] = {{0.0, -3, inf},       {-0.0, -3, -inf},
                {0.0, -2, inf},       {-0.0, -2.5, inf},
                {0.0, 3, 0.0},        {-0.0, 3, -0.0},
                {-0.0, 2, 0.0},       {-1, inf, 1},
                {-1, -inf, 1},        {1, quiet_nan, 1},
                {quiet_nan, 0.0, 1},  {quiet_nan, -0.0, 1},
                {-2, 0.5, quiet_nan}, {0.5, -inf, inf},
                {2, -inf, 0.0},       {0.5, inf, 0.0},
                {-2, inf, inf},       {-inf, -3, -0.0},
                {-inf, -2, 0.0},      {-inf, 3, -inf},
                {-inf, 2, inf},       {inf, -1, 0.0},
                {inf, 1, inf},        {-inf, 0.5, inf},
                {2, 10, 1024},        {-2, 3, -8},
                {10, 15, 1e15},       {1.5, 2, 2.25},
                {2, -1074, tiny},     {2, 1024, inf},
                {-3, 0x1p60, inf},    {0.0, inf, 0.0},
                {0.0, -inf, inf},     {quiet_nan, 1, quiet_nan},
                {9, 0.5, 3}};
  for (const auto& p : powers) {
    INFO("pow(" << p.x << ", " << p.y << ") = " << math::pow(p.x, p.y) << ", expected " << p.z);
    CHECK(same(math::pow(p.x, p.y), p.z));
  }
}

TEST_CASE("Angles and lengths of special values follow C99 Annex F", "[unit]") {
  const double pi = 0x1.921fb54442d18p+1;
  const double values[] = {0.0, -0.0, 1, -1, inf, -inf};
  for (const double y : values)
    for (const double x : values) {
      INFO("atan2(" << y << ", " << x << ")");
      CHECK(same(math::atan2(y, x), std::atan2(y, x)));
    }
  CHECK(same(math::atan2(-0.0, -1), -pi));
  CHECK(math::atan2(tiny, 0x1p1000) == 0);
  CHECK(same(math::hypot(inf, quiet_nan), inf));
  CHECK(same(math::hypot(quiet_nan, -inf), inf));
  CHECK(math::hypot(3e300, 4e300) == 5e300);
  CHECK(math::hypot(3 * tiny, 4 * tiny) == 5 * tiny);
  CHECK(math::hypot(1e308, 1.7e308) == inf);
  CHECK(same(math::hypot(-0.0, 0.0), 0.0));
}

TEST_CASE("Single precision has the special values of C99 Annex F", "[unit]") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(math::exp(infinity) == infinity);
  CHECK(math::exp(-infinity) == 0);
  CHECK(math::exp(89.0f) == infinity);
  CHECK(math::exp(-104.0f) == 0);
  CHECK(math::exp(0.0f) == 1);
  CHECK(math::log(0.0f) == -infinity);
  CHECK(math::log(infinity) == infinity);
  CHECK(std::isnan(math::log(-1.0f)));
  CHECK(math::tanh(-infinity) == -1);
  CHECK(std::signbit(math::tanh(-0.0f)));
  CHECK(math::sigmoid(-infinity) == 0);
  CHECK(math::sigmoid(infinity) == 1);
  CHECK(math::sigmoid(0.0f) == 0.5f);
  CHECK(math::erf(infinity) == 1);
  CHECK(std::signbit(math::erf(-0.0f)));
}
