// SPDX-License-Identifier: Apache-2.0
// Vectors of orbits: what the kernels of escape times share.
#if defined(SHOAL_KERNELS_ESCAPE_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_KERNELS_ESCAPE_STEP_INL_H_
#undef SHOAL_KERNELS_ESCAPE_STEP_INL_H_
#else
#define SHOAL_KERNELS_ESCAPE_STEP_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "shoal/kernels/escape_time.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;
inline constexpr std::size_t kLanes = hn::MaxLanes(D());

// z = z^2 + c
template <EscapeArithmetic A>
HWY_INLINE void step(V& x, V& y, V c_real, V c_imag) {
  if constexpr (A == EscapeArithmetic::strict) {
    const V x2 = hn::Mul(x, x), y2 = hn::Mul(y, y), xy = hn::Mul(x, y);
    x = hn::Add(hn::Sub(x2, y2), c_real);
    y = hn::Add(hn::Add(xy, xy), c_imag);
  } else {
    const V t = hn::NegMulAdd(y, y, c_real), twice = hn::Add(x, x);
    x = hn::MulAdd(x, x, t);
    y = hn::MulAdd(twice, y, c_imag);
  }
}

// The first `count` <= kLanes values, and zeros.
HWY_INLINE V load_some(const double* from, std::size_t count) {
  alignas(64) double values[kLanes] = {};
  std::copy_n(from, count, values);
  return hn::Load(D(), values);
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
