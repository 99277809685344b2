// SPDX-License-Identifier: Apache-2.0
// Nanoseconds per value of each function over arrays of 1024, against libm (one value at a time) and, where
// it has the function, Highway's contrib math (the CPU's best target), in the same run. Medians of 9,
// interleaved.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "../tests/benchmarks/math.cpp"
#include <hwy/foreach_target.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#define BENCH_CONTRIB(Name, type)                                       \
  void contrib_##Name##_##type(const type* x, type* y, std::size_t n) { \
    const hn::ScalableTag<type> d;                                      \
    for (std::size_t i = 0; i < n; i += hn::Lanes(d))                   \
      hn::StoreU(hn::Name(d, hn::LoadU(d, x + i)), d, y + i);           \
  }
#include "math_contrib.def"
#undef BENCH_CONTRIB

}  // namespace bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shoal/math/functions.hpp"

namespace bench {

#define BENCH_CONTRIB(Name, type) HWY_EXPORT(contrib_##Name##_##type);
#include "math_contrib.def"
#undef BENCH_CONTRIB

namespace {

constexpr std::size_t n = 1024, calls = 100, repetitions = 9;

struct Column {
  std::function<void()> call;
  std::vector<double> nanoseconds;
};

struct Row {
  std::string name;
  Column own, libm, contrib;
};

void measure(Column& column) {
  if (!column.call) return;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < calls; ++i) column.call();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  column.nanoseconds.push_back(time.count() / (n * calls) * 1e9);
}

std::string median(Column& column) {
  if (column.nanoseconds.empty()) return "-";
  std::sort(column.nanoseconds.begin(), column.nanoseconds.end());
  return fmt::format("{:.2f}", column.nanoseconds[column.nanoseconds.size() / 2]);
}

template <typename T>
struct Arrays {
  std::vector<T> x = std::vector<T>(n), y = std::vector<T>(n), z = std::vector<T>(n);
  Arrays(double low, double high) {
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = static_cast<T>(low + (high - low) * (static_cast<double>(i) + 0.5) / n);
      y[i] = static_cast<T>(2.5 - static_cast<double>(i) / n);
    }
  }
};

std::vector<Row> rows;

template <typename T, class Libm>
void unary(std::string name, double low, double high, void (*own)(std::span<const T>, std::span<T>),
           Libm libm, std::function<void(const T*, T*, std::size_t)> contrib = {}) {
  static std::vector<std::shared_ptr<Arrays<T>>> keep;
  auto a = std::make_shared<Arrays<T>>(low, high);
  keep.push_back(a);
  Row row{name, {}, {}, {}};
  row.own.call = [a, own] { own(a->x, a->z); };
  row.libm.call = [a, libm] {
    for (std::size_t i = 0; i < n; ++i) a->z[i] = libm(a->x[i]);
  };
  if (contrib) row.contrib.call = [a, contrib] { contrib(a->x.data(), a->z.data(), n); };
  rows.push_back(row);
}

template <class Libm>
void binary(std::string name,
            void (*own)(std::span<const double>, std::span<const double>, std::span<double>), Libm libm) {
  auto a = std::make_shared<Arrays<double>>(0.1, 9);
  Row row{name, {}, {}, {}};
  row.own.call = [a, own] { own(a->x, a->y, a->z); };
  row.libm.call = [a, libm] {
    for (std::size_t i = 0; i < n; ++i) a->z[i] = libm(a->x[i], a->y[i]);
  };
  rows.push_back(row);
}

#define UNARY(name, low, high, ...) \
  unary<double>(                    \
      #name, low, high, shoal::math::name, [](double x) { return std::name(x); }, __VA_ARGS__)
#define CONTRIB(Name) [](auto... a) { HWY_DYNAMIC_DISPATCH(contrib_##Name##_double)(a...); }
#define CONTRIB32(Name) [](auto... a) { HWY_DYNAMIC_DISPATCH(contrib_##Name##_float)(a...); }

void add_rows() {
  UNARY(exp, -20, 20, CONTRIB(Exp));
  UNARY(exp2, -20, 20, {});
  UNARY(expm1, -3, 3, CONTRIB(Expm1));
  UNARY(log, 0.01, 100, CONTRIB(Log));
  UNARY(log2, 0.01, 100, CONTRIB(Log2));
  UNARY(log10, 0.01, 100, CONTRIB(Log10));
  UNARY(log1p, -0.9, 10, CONTRIB(Log1p));
  UNARY(sin, -30, 30, CONTRIB(Sin));
  UNARY(cos, -30, 30, CONTRIB(Cos));
  UNARY(tan, -30, 30, {});
  unary<double>("sin 1e15", 1e15, 2e15, shoal::math::sin, [](double x) { return std::sin(x); });
  UNARY(asin, -1, 1, CONTRIB(Asin));
  UNARY(acos, -1, 1, CONTRIB(Acos));
  UNARY(atan, -10, 10, CONTRIB(Atan));
  UNARY(sinh, -10, 10, CONTRIB(Sinh));
  UNARY(cosh, -10, 10, {});
  UNARY(tanh, -5, 5, CONTRIB(Tanh));
  UNARY(asinh, -10, 10, CONTRIB(Asinh));
  UNARY(acosh, 1, 10, CONTRIB(Acosh));
  UNARY(atanh, -1, 1, CONTRIB(Atanh));
  UNARY(sqrt, 0, 10, {});
  UNARY(cbrt, -10, 10, {});
  UNARY(erf, -5, 5, {});
  UNARY(erfc, -5, 20, {});
  UNARY(tgamma, -5, 100, {});
  UNARY(lgamma, 0, 100, {});
  binary("pow", shoal::math::pow, [](double x, double y) { return std::pow(x, y); });
  binary("atan2", shoal::math::atan2, [](double x, double y) { return std::atan2(x, y); });
  binary("hypot", shoal::math::hypot, [](double x, double y) { return std::hypot(x, y); });
  unary<float>(
      "exp f32", -20, 20, shoal::math::exp, [](float x) { return std::exp(x); }, CONTRIB32(Exp));
  unary<float>(
      "log f32", 0.01, 100, shoal::math::log, [](float x) { return std::log(x); }, CONTRIB32(Log));
  unary<float>(
      "tanh f32", -5, 5, shoal::math::tanh, [](float x) { return std::tanh(x); }, CONTRIB32(Tanh));
  unary<float>("sigmoid f32", -9, 9, shoal::math::sigmoid, [](float x) { return 1 / (1 + std::exp(-x)); });
  unary<float>("erf f32", -3, 3, shoal::math::erf, [](float x) { return std::erf(x); });
}

}  // namespace
}  // namespace bench

int main() {
  using namespace bench;
  add_rows();
  for (std::size_t i = 0; i < repetitions; ++i)
    for (Row& row : rows) measure(row.own), measure(row.libm), measure(row.contrib);
  fmt::print("{:12} {:>10} {:>10} {:>10}   ns per value\n", "", "shoal", "libm", "contrib");
  for (Row& row : rows)
    fmt::print("{:12} {:>10} {:>10} {:>10}\n", row.name, median(row.own), median(row.libm),
               median(row.contrib));
}
#endif
