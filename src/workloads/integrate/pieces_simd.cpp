// SPDX-License-Identifier: Apache-2.0
// Compiled for each target and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "workloads/integrate/pieces_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstddef>

#include "workloads/integrate/pieces.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::workloads::integrate::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;
constexpr std::size_t kWidth = hn::MaxLanes(D()), kVectors = kSumColumns / kWidth;

void grid_kernel(double start, double step, double* out, std::size_t n) {
  const D d;
  const V first = hn::Set(d, start), factor = hn::Set(d, step), next = hn::Set(d, static_cast<double>(kWidth));
  V index = hn::Iota(d, 0);
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    hn::StoreU(hn::Mul(hn::Add(first, index), factor), d, out + i);
    index = hn::Add(index, next);
  }
  for (; i < n; ++i) out[i] = (start + static_cast<double>(i)) * step;
}

// columns[i % 32] += term(values[i])
template <class Term>
HWY_INLINE void add_terms(const double* values, std::size_t n, double* columns, Term term) {
  const D d;
  V sums[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) sums[v] = hn::LoadU(d, columns + v * kWidth);
  std::size_t i = 0;
  for (; i + kSumColumns <= n; i += kSumColumns)
    for (std::size_t v = 0; v < kVectors; ++v) sums[v] = hn::Add(sums[v], term(d, hn::LoadU(d, values + i + v * kWidth)));
  for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, columns + v * kWidth);
  const hn::CappedTag<double, 1> d1;
  for (; i < n; ++i) columns[i % kSumColumns] += hn::GetLane(term(d1, hn::LoadU(d1, values + i)));
}

struct Value {
  template <class Tag, class Vector>
  HWY_INLINE Vector operator()(Tag, Vector value) const { return value; }
};

struct Square {
  double mean;
  template <class Tag, class Vector>
  HWY_INLINE Vector operator()(Tag d, Vector value) const {
    const Vector difference = hn::Sub(value, hn::Set(d, mean));
    return hn::Mul(difference, difference);
  }
};

void sums_kernel(const double* values, std::size_t n, double* columns) {
  add_terms(values, n, columns, Value());
}

void squares_kernel(const double* values, std::size_t n, double mean, double* columns) {
  add_terms(values, n, columns, Square{mean});
}

// A finite value has the difference 0 from itself, any other NaN.
bool finite_kernel(const double* values, std::size_t n) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  auto bits = hn::Zero(du), more = bits;
  std::size_t i = 0;
  for (; i + 2 * kWidth <= n; i += 2 * kWidth) {
    const V first = hn::LoadU(d, values + i), second = hn::LoadU(d, values + i + kWidth);
    bits = hn::Or(bits, hn::BitCast(du, hn::Sub(first, first)));
    more = hn::Or(more, hn::BitCast(du, hn::Sub(second, second)));
  }
  bool finite = hn::AllTrue(du, hn::Eq(hn::Or(bits, more), hn::Zero(du)));
  for (; i < n; ++i) finite &= values[i] - values[i] == 0;
  return finite;
}

}  // namespace shoal::workloads::integrate::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::workloads::integrate {

HWY_EXPORT(grid_kernel);
HWY_EXPORT(sums_kernel);
HWY_EXPORT(squares_kernel);
HWY_EXPORT(finite_kernel);

void place_grid(double start, double step, std::span<double> u) {
  HWY_DYNAMIC_DISPATCH(grid_kernel)(start, step, u.data(), u.size());
}

void add_to_columns(std::span<const double> values, Columns& columns) {
  HWY_DYNAMIC_DISPATCH(sums_kernel)(values.data(), values.size(), columns.data());
}

void add_squares_to_columns(std::span<const double> values, double mean, Columns& columns) {
  HWY_DYNAMIC_DISPATCH(squares_kernel)(values.data(), values.size(), mean, columns.data());
}

bool all_finite(std::span<const double> values) {
  return HWY_DYNAMIC_DISPATCH(finite_kernel)(values.data(), values.size());
}

}  // namespace shoal::workloads::integrate
#endif
