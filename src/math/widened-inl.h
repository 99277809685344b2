// SPDX-License-Identifier: Apache-2.0
// Functions in f32 by way of f64: computed there and rounded once, so within 0.5001 ulp of the exact result.
//
//   cbrt exp2 expm1 log2 log10 log1p pow sin cos tan asin acos atan atan2 sinh cosh asinh acosh atanh hypot
//   erfc tgamma lgamma; sqrt is exact
#if defined(SHOAL_MATH_WIDENED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_WIDENED_INL_H_
#undef SHOAL_MATH_WIDENED_INL_H_
#else
#define SHOAL_MATH_WIDENED_INL_H_
#endif

#include "math/error-inl.h"
#include "math/exp-inl.h"
#include "math/gamma-inl.h"
#include "math/hyperbolic-inl.h"
#include "math/inverse-inl.h"
#include "math/log-inl.h"
#include "math/power-inl.h"
#include "math/trig-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

// function(wide tag, wide halves of the arguments ...) of both halves of the f32 vectors.
template <class D, class Function, class... V>
HWY_INLINE hn::Vec<D> widened(D d, Function function, V... x) {
  const hn::Half<D> half;
  const hn::Rebind<double, decltype(half)> wide;
  const auto low = function(wide, hn::PromoteTo(wide, hn::LowerHalf(half, x))...);
  const auto high = function(wide, hn::PromoteTo(wide, hn::UpperHalf(half, x))...);
  return hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
}

#define SHOAL_WIDENED_1(name)                                   \
  template <F32 D, class V>                                     \
  HWY_INLINE V name(D d, V x) {                                 \
    return widened(                                             \
        d, [](auto wide, auto a) { return name(wide, a); }, x); \
  }
#define SHOAL_WIDENED_2(name)                                                 \
  template <F32 D, class V>                                                   \
  HWY_INLINE V name(D d, V x, V y) {                                          \
    return widened(                                                           \
        d, [](auto wide, auto a, auto b) { return name(wide, a, b); }, x, y); \
  }
SHOAL_WIDENED_1(cbrt)
SHOAL_WIDENED_1(exp2)
SHOAL_WIDENED_1(expm1)
SHOAL_WIDENED_1(log2)
SHOAL_WIDENED_1(log10)
SHOAL_WIDENED_1(log1p)
SHOAL_WIDENED_1(sin)
SHOAL_WIDENED_1(cos)
SHOAL_WIDENED_1(tan)
SHOAL_WIDENED_1(asin)
SHOAL_WIDENED_1(acos)
SHOAL_WIDENED_1(atan)
SHOAL_WIDENED_1(sinh)
SHOAL_WIDENED_1(cosh)
SHOAL_WIDENED_1(asinh)
SHOAL_WIDENED_1(acosh)
SHOAL_WIDENED_1(atanh)
SHOAL_WIDENED_1(erfc)
SHOAL_WIDENED_1(tgamma)
SHOAL_WIDENED_1(lgamma)
SHOAL_WIDENED_2(pow)
SHOAL_WIDENED_2(atan2)
SHOAL_WIDENED_2(hypot)
#undef SHOAL_WIDENED_1
#undef SHOAL_WIDENED_2

template <F32 D, class V>
HWY_INLINE V sqrt(D d, V x) {
  return unless_nan(d, x, valid_if(d, hn::Ge(x, hn::Zero(d)), hn::Sqrt(x)));
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
