// SPDX-License-Identifier: Apache-2.0
#include "shoal/math/expression.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "each_simd_target.hpp"
#include "shoal/math/functions.hpp"

namespace math = shoal::math;
using math::Expression;

namespace {

double at(const std::string& text, double x = 0, double y = 0) {
  return Expression(text, {"x", "y"}, {{"k", 3}})(std::vector<double>{x, y});
}

std::size_t operations(const std::string& text) {
  return Expression(text, {"x", "y"}).n_operations();
}

std::string message(const std::string& text) {
  try {
    Expression expression(text, {"x", "rate"}, {{"k", 3}});
  } catch (const math::ExpressionError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("Formulas have the usual precedences", "[unit]") {
  CHECK(at("1 + 2 * 3") == 7);
  CHECK(at("(1 + 2) * 3") == 9);
  CHECK(at("7 - 2 - 1") == 4);
  CHECK(at("8 / 4 / 2") == 1);
  CHECK(at("-x^2", 3) == -9);
  CHECK(at("2^3^2") == 512);
  CHECK(at("2**-1") == 0.5);
  CHECK(at("2^-x", 3) == 0.125);
  CHECK(at("-2 * -x", 3) == 6);
  CHECK(at("1 < 2 == 1") == 1);
  CHECK(at("x > 2 && y < 1 || x == 0", 3, 0) == 1);
  CHECK(at("!x + 1", 0) == 2);
  CHECK(at("x != y", 1, 2) == 1);
  CHECK(at("x >= 1 ? 10 : x <= -1 ? 20 : 30", -2) == 20);
  CHECK(at("x<0?1:2", 0.5) == 2);
  CHECK(at(".5e1 + 1e-3 + 2.") == 5 + 1e-3 + 2);
  CHECK(at("\t x\n+ k ", 4) == 7);
}

TEST_CASE("Functions of formulas are those of the math module", "[unit]") {
  CHECK(at("sin(x)", 0.7) == math::sin(0.7));
  CHECK(at("ln(x) + log(x)", 0.7) == math::log(0.7) + math::log(0.7));
  CHECK(at("gamma(x)", 4.5) == math::tgamma(4.5));
  CHECK(at("pow(x, y)", 1.7, 2.5) == math::pow(1.7, 2.5));
  CHECK(at("x^y", 1.7, 2.5) == math::pow(1.7, 2.5));
  CHECK(at("atan2(x, y)", 1, -1) == math::atan2(1, -1));
  CHECK(at("pi") == 0x1.921fb54442d18p+1);
  CHECK(at("e") == math::exp(1.0));
  CHECK(at("min(x, y, -4)", 1, -1) == -4);
  CHECK(at("max(x, y)", 1, -1) == 1);
  CHECK(at("if(x > 0, 1, 2)", -1) == 2);
  CHECK(at("round(2.5) + round(-1.5) + floor(-0.5) + ceil(0.5) + trunc(-1.7)") == 2 - 2 - 1 + 1 - 1);
  CHECK(at("sign(x) + abs(x)", -2) == 1);
}

TEST_CASE("Powers with small half-integer exponents are products and roots", "[unit]") {
  const double x = 1.1, x2 = x * x, x3 = x2 * x;
  CHECK(at("x^2", x) == x2);
  CHECK(at("x^3", x) == x3);
  CHECK(at("x^5", x) == x2 * x2 * x);
  CHECK(at("x^7", x) == x3 * x3 * x);
  CHECK(at("x^8", x) == (x2 * x2) * (x2 * x2));
  CHECK(at("x^9", x) == math::pow(x, 9));
  CHECK(at("x^1", x) == x);
  CHECK(at("x^0.5", x) == std::sqrt(x));
  CHECK(at("x^1.5", x) == x * std::sqrt(x));
  CHECK(at("x^-1", x) == 1 / x);
  CHECK(at("x^-2.5", x) == 1 / (x2 * std::sqrt(x)));
  CHECK(at("x^0.25", x) == math::pow(x, 0.25));
  CHECK(at("x^0", x) == 1);
  CHECK(at("x / 8 - x / -0.25", x) == x * 0.125 + x * 4);
}

TEST_CASE("Special values pass through formulas", "[unit]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto bits = [](double v) { return std::bit_cast<std::uint64_t>(v); };
  const std::uint64_t canonical = 0x7ff8000000000000u;
  CHECK(bits(at("x / y", 0, 0)) == canonical);
  CHECK(bits(at("-(x / y)", 0, 0)) == canonical);
  CHECK(bits(at("x", -nan)) == canonical);
  CHECK(bits(at("min(x, 1)", nan)) == canonical);
  CHECK(bits(at("max(1, x)", nan)) == canonical);
  CHECK(at("x ? 1 : 2", nan) == 1);
  CHECK(at("x < 1", nan) == 0);
  CHECK(at("x != x", nan) == 1);
  CHECK(at("!x", nan) == 0);
  CHECK(bits(at("-x", 0)) == bits(-0.0));
  CHECK(bits(at("0 * -1")) == bits(-0.0));
  CHECK(at("1 / x", -0.0) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("Constant parts are folded and equal parts shared", "[unit]") {
  CHECK(operations("1 + 2 * sin(3)") == 0);
  CHECK(operations("x") == 0);
  CHECK(operations("sin(x) + sin(x)") == 2);
  CHECK(operations("(x + y) * (y + x)") == 2);
  CHECK(operations("(x - y) * (y - x)") == 3);
  CHECK(operations("x^2 + y * x * x") == 3);
  CHECK(operations("x * y + x * y") == 2);
  CHECK(operations("((2*x - 3)*x + 4)*x - 1") == 3);
  CHECK(operations("x * (2 * pi)") == 1);
}

TEST_CASE("Products added to something are still rounded on their own", "[unit]") {
  const double x = 1 + 0x1p-30, y = 1 - 0x1p-31, z = x * y;
  REQUIRE(std::fma(x, y, -1.0) != z - 1);
  CHECK(at("x * y - 1", x, y) == z - 1);
  CHECK(at("1 - x * y", x, y) == 1 - z);
  CHECK(at("x * y + -1", x, y) == z - 1);
  CHECK(at("-1 + x * y", x, y) == z - 1);
  CHECK(at("x * y - y * x", x, y) == 0);
}

TEST_CASE("Errors of formulas show the place and what was expected", "[unit]") {
  CHECK(message("1 + * x") == "expected a value after `+`, found `*`\n  1 + * x\n      ^");
  CHECK(message("") == "expected a value at the start, found the end\n  \n  ^");
  CHECK(message("sin(x") == "expected `)` or `,` for the `(` in column 4, found the end\n  sin(x\n       ^");
  CHECK(message("(x + 1") == "expected `)` for the `(` in column 1, found the end\n  (x + 1\n        ^");
  CHECK(message("2 x") == "expected an operator or the end, found `x`\n  2 x\n    ^");
  CHECK(message("2x") == "`2x` is not a number (a product needs `*`)\n  2x\n  ^");
  CHECK(message("1.2.3") == "`1.2.3` is not a number (a product needs `*`)\n  1.2.3\n  ^");
  CHECK(message("1e999") == "a number beyond the range of double precision\n  1e999\n  ^");
  CHECK(message("x + rat") == "unknown name `rat`: did you mean `rate`?\n  x + rat\n      ^");
  CHECK(message("zzz9") == "unknown name `zzz9`: known are e, k, pi, rate, x\n  zzz9\n  ^");
  CHECK(message("sn(x)") == "unknown function `sn`: did you mean `sin`?\n  sn(x)\n  ^");
  CHECK(message("1 + sin") == "`sin` is a function: expected `(` after it\n  1 + sin\n      ^");
  CHECK(message("pow(x)") == "`pow` takes 2 arguments, found 1\n  pow(x)\n  ^");
  CHECK(message("sin()") == "`sin` takes 1 argument, found 0\n  sin()\n  ^");
  CHECK(message("max(x)") == "`max` takes two arguments or more, found 1\n  max(x)\n  ^");
  CHECK(message("x ? 1") == "expected `:` of the conditional `c ? a : b`, found the end\n  x ? 1\n       ^");
  CHECK(message("x = 1") == "expected an operator or the end, found `=`\n  x = 1\n    ^");
  CHECK(message("x)") == "expected an operator or the end, found `)`\n  x)\n   ^");
  CHECK(message("x +\n \x01") == "expected a value after `+`, found the byte 0x01\n    \n   ^");
  CHECK(message(std::string("x\0", 2)) == "expected an operator or the end, found the byte 0x00\n  x \n   ^");
}

TEST_CASE("Hostile formulas are errors", "[unit]") {
  CHECK(message(std::string(100000, '(')).substr(0, 36) == "nested more than 200 levels deep\n  (");
  CHECK(message(std::string(100000, '-')).substr(0, 32) == "nested more than 200 levels deep");
  std::string longest = "x";
  for (int i = 0; i < 20000; ++i) longest += "+sin(" + std::to_string(i) + "*x)";
  CHECK(message(longest).substr(0, 27) == "more than 10000 operations\n");
  CHECK_THROWS_AS(Expression("x", {"x", "x"}), shoal::InputError);
  CHECK_THROWS_AS(Expression("x", {"1x"}), shoal::InputError);
  CHECK_THROWS_AS(Expression("x", {"sin"}), shoal::InputError);
  CHECK_THROWS_AS(Expression("x", {"x", "y"}, {{"y", 1}}), shoal::InputError);
}

TEST_CASE("Users' names may hide pi and e", "[unit]") {
  CHECK(Expression("e + 1", {"e"})(std::vector<double>{5}) == 6);
}

namespace {

// Every point of a formula has the same bits alone, in every block and on every target.
template <typename T>
void check_same_bits() {
  const Expression expression(
      "exp(-x^2/2) * cos(3*y + pi/4) + (x > 0 ? sqrt(x) : tanh(y))/(1 + x*x + y*y) - atan2(y, x)*erf(x) + "
      "lgamma(x*x+1)",
      {"x", "y"});
  const std::size_t n = 1000;
  std::vector<T> x(n), y(n), expected(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = static_cast<T>(std::ldexp(static_cast<double>(i * 7919 % 1000) - 500, -7));
    y[i] = static_cast<T>(std::ldexp(static_cast<double>(i * 104729 % 1000) - 500, -6));
    const T* const point[] = {&x[i], &y[i]};
    expression.evaluate(point, std::span(&expected[i], 1));
  }
  on_each_simd_target([&] {
    for (const std::size_t count :
         {std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{257}, n}) {
      std::vector<T> out(count + 1, 77);
      const T* const columns[] = {x.data() + n - count, y.data() + n - count};
      expression.evaluate(columns, std::span(out).first(count));
      std::size_t different = out[count] != 77;
      for (std::size_t i = 0; i < count; ++i) different += out[i] != expected[n - count + i];
      CHECK(different == 0);
    }
  });
}

}  // namespace

TEST_CASE("A point has the same bits alone, in every block and on every target", "[unit]") {
  SECTION("in double precision") { check_same_bits<double>(); }
  SECTION("in single precision") { check_same_bits<float>(); }
}

namespace {

// Formulas of every block size in turn, whose constants and memory the thread keeps; columns and results that begin anywhere.
template <typename T>
void check_turns() {
  const std::vector<Expression> formulas = {
      Expression("1/(1+x^2)", {"x", "y"}), Expression("x*y - 3*x", {"x", "y"}),   Expression("exp(x)/(2+y)", {"x", "y"}),
      Expression("x", {"x", "y"}),         Expression("-7.25", {"x", "y"}),       Expression("sqrt(x) + 1/y", {"x", "y"}),
      Expression("1/(4+x^2)", {"x", "y"}), Expression("x*y - 5*x - y", {"x", "y"})};
  std::vector<T> x(400), y(400);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<T>(std::ldexp(static_cast<double>(i * 7919 % 400) - 100, -5));
    y[i] = static_cast<T>(std::ldexp(static_cast<double>(i * 104729 % 400) - 200, -6));
  }
  const auto bits = [](T value) { return std::bit_cast<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>(value); };
  on_each_simd_target([&] {
    for (const std::size_t count : {1u, 31u, 32u, 63u, 64u, 65u, 127u, 128u, 129u, 199u, 256u, 390u}) {
      for (const Expression& formula : formulas) {
        const std::size_t from = count % 7;
        std::vector<T> out(count + 2, 77);
        const T* const columns[] = {x.data() + from, y.data() + from};
        formula.evaluate(columns, std::span(out).subspan(1, count));
        std::size_t different = (out[0] != 77) + (out[count + 1] != 77);
        for (std::size_t i = 0; i < count; ++i) {
          T alone = 0;
          const T* const point[] = {&x[from + i], &y[from + i]};
          formula.evaluate(point, std::span(&alone, 1));
          different += bits(alone) != bits(out[1 + i]);
        }
        CHECK(different == 0);
      }
    }
  });
}

}  // namespace

TEST_CASE("Formulas in turn have their own constants, at any number of points", "[unit]") {
  SECTION("in double precision") { check_turns<double>(); }
  SECTION("in single precision") { check_turns<float>(); }
}

TEST_CASE("Sums over a grid have the bits of values at its points", "[unit]") {
  const math::Grid grids[] = {{0.5, 1e-3, 0, 1, 1}, {1000.5, 1e-3, 0, 1, 2.5}, {0.5, 0x1p-9, -0.7, 3.1, 3.1}, {0, 0.1, 2, 1, -1}};
  on_each_simd_target([&] {
    for (const char* text : {"1/(1+x^2)", "x", "-7.25", "exp(-x) + x", "x*x - 3*x", "sqrt(x)/x"}) {
      const Expression formula(text, {"x"});
      for (const math::Grid& grid : grids) {
        for (const std::size_t n : {32u, 64u, 96u, 128u, 224u, 4096u}) {
          std::array<double, 32> expected = {1, -2}, seen = {1, -2};
          for (std::size_t i = 0; i < n; ++i) {
            const double u = (grid.start + static_cast<double>(i)) * grid.step;
            const double x = grid.origin == 0 && grid.width == 1 ? u : grid.origin + u * grid.width;
            expected[i % 32] += grid.scale * formula(std::vector<double>{x});
          }
          formula.add_to_columns(grid, n, seen);
          std::size_t different = 0;
          for (std::size_t c = 0; c < 32; ++c) different += !(seen[c] == expected[c] || (seen[c] != seen[c] && expected[c] != expected[c]));
          CHECK(different == 0);
        }
      }
    }
  });
}

TEST_CASE("NaNs are canonical in whole blocks, too", "[unit]") {
  const double nan = std::bit_cast<double>(std::uint64_t{0xfff8000000000123});
  on_each_simd_target([&] {
    for (const char* text : {"x", "-x", "x + 1", "1/(1+x^2)", "exp(x)"}) {
      std::vector<double> x(300, 0.5), out(300);
      x[0] = x[77] = x[299] = nan;
      const double* const columns[] = {x.data()};
      Expression(text, {"x"}).evaluate(columns, out);
      for (const std::size_t i : {0u, 77u, 299u}) CHECK(std::bit_cast<std::uint64_t>(out[i]) == 0x7ff8000000000000u);
      CHECK(out[1] == Expression(text, {"x"})(std::vector<double>{0.5}));
    }
  });
}

TEST_CASE("One formula serves many threads at a time", "[unit]") {
  const Expression expression("sin(x) * exp(y) + x / y", {"x", "y"});
  std::vector<double> x(5000), y(5000), expected(5000);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<double>(i) * 0.01, y[i] = 1 + static_cast<double>(i % 7);
  expression.evaluate(std::vector<const double*>{x.data(), y.data()}, expected);
  std::vector<std::vector<double>> out(8, std::vector<double>(5000));
  std::vector<std::thread> threads;
  for (auto& mine : out)
    threads.emplace_back([&] { expression.evaluate(std::vector<const double*>{x.data(), y.data()}, mine); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : out) CHECK(mine == expected);
}

TEST_CASE("Formulas in single precision round each operation, and functions once", "[unit]") {
  const auto single = [](const std::string& text, float x, float y = 0) {
    float value = 0;
    const float* const columns[] = {&x, &y};
    Expression(text, {"x", "y"}).evaluate(columns, std::span(&value, 1));
    return value;
  };
  CHECK(single("x + y", 1.0f, 0x1p-24f) == 1.0f);
  CHECK(single("x * y - 1", 1 + 0x1p-12f, 1 - 0x1p-13f) == (1 + 0x1p-12f) * (1 - 0x1p-13f) - 1);
  CHECK(single("x * 0.1", 3) == 3 * 0.1f);
  CHECK(single("x * (1/3 + 2/3)", 3) == 3.0f);  // constant parts in double precision
  CHECK(single("x > 1 ? x : -x", 0.5f) == -0.5f);
  CHECK(single("min(x, y)", 2, -3) == -3.0f);
  CHECK(single("exp(x)", 1.5f) == math::exp(1.5f));
  CHECK(single("tanh(x)", 0.3f) == math::tanh(0.3f));
  for (const float x : {0.25f, 1.0f, 3.7f, 1e-30f, 1e20f}) {
    const double wide = static_cast<double>(x);
    CHECK(single("sin(x)", x) == static_cast<float>(math::sin(wide)));
    CHECK(single("log2(x)", x) == static_cast<float>(math::log2(wide)));
    CHECK(single("x^1.5", x) == static_cast<float>(math::pow(wide, 1.5)));
    CHECK(single("gamma(x)", x) == static_cast<float>(math::tgamma(wide)));
    CHECK(single("sqrt(x)", x) == std::sqrt(x));
  }
  CHECK(std::bit_cast<std::uint32_t>(single("log(x)", -1)) == 0x7fc00000u);
  CHECK(std::bit_cast<std::uint32_t>(single("sqrt(x)", -1)) == 0x7fc00000u);
}
