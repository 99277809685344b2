// SPDX-License-Identifier: Apache-2.0
// Random formulas against muParser, an independent implementation (with libm). Each part of a formula carries
// the error that roundings may have made so far, so that cancellation is not taken for a fault.
#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/math/expression.hpp"

namespace {

constexpr double epsilon = 0x1p-52;

// A formula, its value at the point, and a bound on how far two good implementations may stand apart; `open`
// if rounding decides a comparison, or if NaN meets min (muParser drops it).
struct Part {
  std::string text;
  double value, error;
  bool open = false;
};

class Formulas {
 public:
  Formulas(std::uint64_t seed, double x, double y) : state_(seed), x_(x), y_(y) {}

  Part make(int depth) {
    const unsigned kind = depth == 0 ? pick(3) : 3 + pick(9);
    if (kind == 0) return {"x", x_, 0};
    if (kind == 1) return {"y", y_, 0};
    if (kind == 2) {
      const double value = static_cast<double>(1 + pick(40)) / 8;
      return {fmt::format("{}", value), value, 0};
    }
    if (kind < 8) {
      const Part a = make(depth - 1), b = make(depth - 1);
      Part result = infix(a, b);
      result.open |= a.open || b.open;
      return result;
    }
    if (kind < 11) {
      const Part a = make(depth - 1);
      Part result = function(a);
      result.open |= a.open;
      return result;
    }
    const Part a = make(depth - 1), b = make(depth - 1), yes = make(depth - 1);
    return comparison(a, b, yes, make(depth - 1));
  }

 private:
  Part infix(const Part& a, const Part& b) {
    const double x = a.value, y = b.value;
    switch (pick(6)) {
      case 0:
        return rounded("(" + a.text + " + " + b.text + ")", x + y, a.error + b.error);
      case 1:
        return rounded("(" + a.text + " - " + b.text + ")", x - y, a.error + b.error);
      case 2:
        return rounded(a.text + "*" + b.text, x * y, std::abs(x) * b.error + std::abs(y) * a.error, "(");
      case 3:
        return rounded("(" + a.text + "/" + b.text + ")", x / y,
                       (a.error + std::abs(x / y) * b.error) / std::max(std::abs(y) - b.error, 0.0));
      case 4: {
        Part result =
            rounded("min(" + a.text + ", " + b.text + ")", std::min(x, y), std::max(a.error, b.error));
        result.open = std::isnan(x) || std::isnan(y);
        return result;
      }
      default: {
        const double n = static_cast<double>(2 + pick(3));
        const Part power =
            apply("(" + a.text + ")^" + fmt::format("{}", n), a, [n](double v) { return std::pow(v, n); });
        return {"(" + power.text + ")", power.value, power.error};
      }
    }
  }

  Part function(const Part& a) {
    struct Entry {
      const char* name;
      double (*call)(double);
    };
    // Not asinh, acosh and atanh, which muParser computes by logarithms that cancel.
    static const Entry table[] = {{"sin", std::sin},   {"cos", std::cos},   {"tan", std::tan},
                                  {"atan", std::atan}, {"exp", std::exp},   {"tanh", std::tanh},
                                  {"sinh", std::sinh}, {"cosh", std::cosh}, {"abs", std::fabs},
                                  {"ln", std::log},    {"sqrt", std::sqrt}, {"log2", std::log2},
                                  {"asin", std::asin}, {"acos", std::acos}, {"log10", std::log10}};
    const Entry& entry = table[pick(std::size(table))];
    return apply(std::string(entry.name) + "(" + a.text + ")", a, entry.call);
  }

  // Open where rounding may decide the comparison.
  Part comparison(const Part& a, const Part& b, const Part& yes, const Part& no) {
    const bool sure = std::abs(a.value - b.value) > a.error + b.error;
    const Part& chosen = a.value < b.value ? yes : no;
    return {"(" + a.text + " < " + b.text + " ? " + yes.text + " : " + no.text + ")", chosen.value,
            chosen.error, !sure || a.open || b.open || chosen.open};
  }

  template <class Function>
  Part apply(std::string text, const Part& a, Function f) {
    const double value = f(a.value), wide = 2 * a.error;
    const double spread =
        a.error == 0 ? 0 : std::max(std::abs(f(a.value + wide) - value), std::abs(f(a.value - wide) - value));
    return rounded(std::move(text), value, spread);
  }

  static Part rounded(std::string text, double value, double error, const char* open = "") {
    if (*open != 0) text = "(" + text + ")";
    return {std::move(text), value, error + 4 * epsilon * std::abs(value)};
  }

  unsigned pick(std::size_t n) {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<unsigned>((z ^ (z >> 31)) % n);
  }

  std::uint64_t state_;
  double x_, y_;
};

}  // namespace

TEST_CASE("Random formulas agree with muParser", "[unit]") {
  constexpr std::uint64_t n = 100000;
  std::size_t compared = 0, finite = 0, wrong = 0;
  for (std::uint64_t seed = 1; seed <= n; ++seed) {
    double x = 0.5 + 0.01 * static_cast<double>(seed % 100), y = 1.5 - 0.02 * static_cast<double>(seed % 77);
    const Part formula = Formulas(seed * 1000003, x, y).make(1 + static_cast<int>(seed % 5));
    mu::Parser oracle;
    oracle.DefineVar("x", &x);
    oracle.DefineVar("y", &y);
    oracle.SetExpr(formula.text);
    const double expected = oracle.Eval();
    const double value = shoal::math::Expression(formula.text, {"x", "y"})(std::vector<double>{x, y});
    // Nothing is learnt where rounding decides, or where it has eaten more than half of the digits.
    const bool lost = std::isfinite(formula.value) && !(formula.error <= 1e-8 * std::abs(formula.value));
    if (formula.open || lost) continue;
    ++compared;
    const bool both_nan = std::isnan(value) && std::isnan(expected);
    const bool close = value == expected || both_nan || std::abs(value - expected) <= formula.error;
    finite += std::isfinite(value) && std::abs(value) > 0;
    if (close) continue;
    ++wrong;
    UNSCOPED_INFO(fmt::format("{} = {} at x = {}, y = {}; muParser {}, bound {}", formula.text, value, x, y,
                              expected, formula.error));
  }
  INFO(compared << " compared, " << finite << " finite");
  CHECK(wrong == 0);
  CHECK(compared > n * 7 / 10);
  CHECK(finite > n / 2);
}
