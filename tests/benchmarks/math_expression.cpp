// SPDX-License-Identifier: Apache-2.0
// Formulas over 65536 points: the expression engine against the same formula written by hand with the same
// SIMD functions and compiled for the same target, and numexpr on one thread (ns per point, medians of 9,
// interleaved).
//
//   benchmark_math_expression [--json FILE] [--no-numexpr]
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "../tests/benchmarks/math_expression.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstddef>

#include "math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace m = shoal::math::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;

// A vector with operators, so that the formulas below read as they are typed.
struct Value {
  hn::Vec<D> v;
  HWY_INLINE Value(hn::Vec<D> vector) : v(vector) {}
  HWY_INLINE Value(double number) : v(hn::Set(D(), number)) {}
};
HWY_INLINE Value operator+(Value a, Value b) {
  return hn::Add(a.v, b.v);
}
HWY_INLINE Value operator-(Value a, Value b) {
  return hn::Sub(a.v, b.v);
}
HWY_INLINE Value operator*(Value a, Value b) {
  return hn::Mul(a.v, b.v);
}
HWY_INLINE Value operator/(Value a, Value b) {
  return hn::Div(a.v, b.v);
}
HWY_INLINE Value operator-(Value a) {
  return hn::Neg(a.v);
}
HWY_INLINE Value exp(Value a) {
  return m::exp(D(), a.v);
}
HWY_INLINE Value log(Value a) {
  return m::log(D(), a.v);
}
HWY_INLINE Value sin(Value a) {
  return m::sin(D(), a.v);
}
HWY_INLINE Value cos(Value a) {
  return m::cos(D(), a.v);
}
HWY_INLINE Value tanh(Value a) {
  return m::tanh(D(), a.v);
}
HWY_INLINE Value atan(Value a) {
  return m::atan(D(), a.v);
}
HWY_INLINE Value erf(Value a) {
  return m::erf(D(), a.v);
}
HWY_INLINE Value sqrt(Value a) {
  return m::sqrt(D(), a.v);
}
HWY_INLINE Value abs(Value a) {
  return hn::Abs(a.v);
}
HWY_INLINE Value pow(Value a, Value b) {
  return m::pow(D(), a.v, b.v);
}

#define FORMULA(name, text, ...)                                              \
  void name(const double* xs, const double* ys, double* out, std::size_t n) { \
    const D d;                                                                \
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {                       \
      const Value x = hn::LoadU(d, xs + i);                                   \
      [[maybe_unused]] const Value y = hn::LoadU(d, ys + i);                  \
      hn::StoreU(Value(__VA_ARGS__).v, d, out + i);                           \
    }                                                                         \
  }
#include "math_expression.def"
#undef FORMULA

}  // namespace bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "python_peer.hpp"
#include "shoal/math/expression.hpp"

namespace bench {

#define FORMULA(name, text, ...) HWY_EXPORT(name);
#include "math_expression.def"
#undef FORMULA

namespace {

constexpr std::size_t n = 65536;

struct Row {
  std::string formula;
  std::function<void()> engine, by_hand;
  std::vector<double> engine_times, hand_times, numexpr_times;
};

// The second of two calls: the first brings the points into the cache.
double nanoseconds(const std::function<void()>& call) {
  call();
  const auto begin = std::chrono::steady_clock::now();
  call();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return time.count() / n * 1e9;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void print(const std::vector<Row>& rows) {
  fmt::print("{:44} {:>8} {:>8} {:>6} {:>8} {:>6}\n", "ns per point", "engine", "by hand", "ratio", "numexpr",
             "ratio");
  std::vector<double> to_hand, to_numexpr;
  for (const Row& row : rows) {
    const double engine = median(row.engine_times), hand = median(row.hand_times),
                 numexpr = median(row.numexpr_times);
    fmt::print("{:44} {:>8.3f} {:>8.3f} {:>6.2f} {:>8.3f} {:>6.2f}\n", row.formula, engine, hand,
               engine / hand, numexpr, numexpr / engine);
    to_hand.push_back(engine / hand);
    if (numexpr > 0) to_numexpr.push_back(numexpr / engine);
  }
  fmt::print("{:44} {:>8} {:>8} {:>6.2f} {:>8} {:>6.2f}\n", "median", "", "", median(to_hand), "",
             median(to_numexpr));
}

void write_json(const std::vector<Row>& rows, const std::string& path) {
  std::ofstream file(path);
  file << "{\"nanoseconds_per_point\": [";
  for (const Row& row : rows) {
    file << fmt::format("{}\n  {{\"formula\": \"{}\"", &row == rows.data() ? "" : ",", row.formula);
    const std::pair<const char*, const std::vector<double>&> columns[] = {
        {"engine", row.engine_times}, {"by_hand", row.hand_times}, {"numexpr", row.numexpr_times}};
    for (const auto& [name, times] : columns)
      file << fmt::format(", \"{}\": [{}]", name, fmt::join(times, ", "));
    file << "}";
  }
  file << "\n]}\n";
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool with_numexpr = std::ranges::find(arguments, "--no-numexpr") == arguments.end();
  std::vector<double> x(n), y(n), out(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = (static_cast<double>(i) + 0.5) / n;
    y[i] = 2 - x[i];
  }
  const std::vector<const double*> columns = {x.data(), y.data()};
  std::vector<Row> rows;
#define FORMULA(name, text, ...)                                                          \
  {                                                                                       \
    Row row;                                                                              \
    const shoal::math::Expression expression(text, {"x", "y"});                           \
    row.formula = text;                                                                   \
    row.engine = [&, expression] { expression.evaluate(columns, out); };                  \
    row.by_hand = [&] { HWY_DYNAMIC_DISPATCH(name)(x.data(), y.data(), out.data(), n); }; \
    rows.push_back(row);                                                                  \
  }
#include "math_expression.def"
#undef FORMULA
  PythonPeer numexpr("math_numexpr.py");
  for (int repetition = 0; repetition < 9; ++repetition)
    for (Row& row : rows) {
      row.engine_times.push_back(nanoseconds(row.engine));
      row.hand_times.push_back(nanoseconds(row.by_hand));
      const auto answer = with_numexpr ? numexpr.ask(fmt::format("{} {}", n, row.formula)) : std::nullopt;
      if (answer && *answer != "nan\n") row.numexpr_times.push_back(std::stod(*answer) / n * 1e9);
    }
  print(rows);
  if (const auto json = std::ranges::find(arguments, "--json");
      json != arguments.end() && json + 1 != arguments.end())
    write_json(rows, *(json + 1));
}
#endif
