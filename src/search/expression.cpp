// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/expression.hpp"

#include <fmt/format.h>

#include <cmath>

namespace shoal::search {
namespace {

using Arguments = std::span<const double>;
using Shape = Distribution::Shape;

constexpr double kLargestWhole = 9007199254740992.0;  // 2^53: beyond, a coordinate (a double) cannot hold every integer

std::string bounded(Arguments a, Distribution& d, bool logarithmic) {
  d.shape = Shape::uniform;
  d.logarithmic = logarithmic;
  d.low = a[0];
  d.high = a[1];
  if (!(a[0] < a[1])) return fmt::format("the range is empty: low = {} must be less than high = {}", a[0], a[1]);
  if (!std::isfinite(a[1] - a[0])) return fmt::format("the range from {} to {} is wider than numbers reach, 1.8e308", a[0], a[1]);
  if (logarithmic && a[0] <= 0)
    return fmt::format("low = {} has no logarithm: bounds are values (not logarithms) and must be positive", a[0]);
  return "";
}

std::string unbounded(Arguments a, Distribution& d, bool logarithmic) {
  d.shape = Shape::normal;
  d.logarithmic = logarithmic;
  d.mu = a[0];
  d.sigma = a[1];
  if (a[1] <= 0) return fmt::format("the deviation {} must be positive", a[1]);
  return "";
}

std::string stepped(Arguments a, Distribution& d, std::string error) {
  if (!error.empty()) return error;
  d.step = a[2];
  if (d.step <= 0) return fmt::format("the step {} must be positive", d.step);
  if (d.shape != Shape::uniform) return "";
  if (std::fabs(d.low / d.step) > kLargestWhole || std::fabs(d.high / d.step) > kLargestWhole) {
    return fmt::format("the step {} is too small for the bounds: at most 2^53 steps", d.step);
  }
  if (*d.n_values() < 1) return fmt::format("no multiple of {} lies in [{}, {}]", d.step, d.low, d.high);
  return "";
}

std::string make_uniform(Arguments a, Distribution& d) {
  return bounded(a, d, false);
}
std::string make_loguniform(Arguments a, Distribution& d) {
  return bounded(a, d, true);
}
std::string make_quniform(Arguments a, Distribution& d) {
  return stepped(a, d, bounded(a, d, false));
}
std::string make_qloguniform(Arguments a, Distribution& d) {
  return stepped(a, d, bounded(a, d, true));
}
std::string make_normal(Arguments a, Distribution& d) {
  return unbounded(a, d, false);
}
std::string make_lognormal(Arguments a, Distribution& d) {
  return unbounded(a, d, true);
}
std::string make_qnormal(Arguments a, Distribution& d) {
  return stepped(a, d, unbounded(a, d, false));
}
std::string make_qlognormal(Arguments a, Distribution& d) {
  return stepped(a, d, unbounded(a, d, true));
}

std::string whole_numbers(Arguments a, Distribution& d, std::int64_t beyond_high) {
  d.shape = Shape::integers;
  for (const double bound : a) {
    if (bound != std::floor(bound) || std::fabs(bound) > kLargestWhole)
      return fmt::format("{} is no integer within 2^53", bound);
  }
  d.first = static_cast<std::int64_t>(a[0]);
  d.count = static_cast<std::int64_t>(a[1]) - d.first + beyond_high;
  if (d.count < 1) return fmt::format("there is no integer in the range from {} to {}", a[0], a[1]);
  return "";
}

std::string make_randint(Arguments a, Distribution& d) {
  return whole_numbers(a, d, 0);
}
std::string make_uniformint(Arguments a, Distribution& d) {
  return whole_numbers(a, d, 1);
}

}  // namespace

const std::vector<Expression>& expressions() {
  static const std::vector<Expression> list = {
#define SHOAL_EXPRESSION(name, arguments, n, help) {#name, arguments, help, n, make_##name},
#include "expressions.def"
#undef SHOAL_EXPRESSION
  };
  return list;
}

const Expression* find_expression(std::string_view name) {
  for (const Expression& expression : expressions()) {
    if (expression.name == name) return &expression;
  }
  return nullptr;
}

std::vector<std::string> expression_names() {
  std::vector<std::string> names = {"choice", "pchoice", "grid"};
  for (const Expression& expression : expressions()) names.push_back(expression.name);
  return names;
}

std::vector<std::string> expression_help() {
  std::vector<std::string> lines = {
      "choice = [a, b, ...]: one of these values, lists or tables; a table may bring parameters of its own",
      "pchoice = [[p, a], [q, b], ...]: the same with probabilities, whose sum is 1",
      "grid = [a, b, ...]: each of these values; grid = [first, last], step = s: a range, both ends included",
  };
  for (const Expression& e : expressions()) lines.push_back(fmt::format("{} = {}: {}", e.name, e.arguments, e.help));
  return lines;
}

}  // namespace shoal::search
