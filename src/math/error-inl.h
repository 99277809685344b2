// SPDX-License-Identifier: Apache-2.0
// erf and erfc in f64. Below 1 an odd polynomial; beyond e^(-x^2) q(t) / (1 + 2x), t = (x - 4)/(x + 4) (after
// Shepherd and Laframboise, Math. Comp. 36, 1981).
#if defined(SHOAL_MATH_ERROR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_ERROR_INL_H_
#undef SHOAL_MATH_ERROR_INL_H_
#else
#define SHOAL_MATH_ERROR_INL_H_
#endif

#include "math/exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

// erf x for |x| <= 1.
template <class D, class V>
HWY_INLINE Pair<V> erf_small(D d, V x) {
  const Pair<V> z = two_product(x, x);
  const Pair<V> third = multiply(z, pair(d, -0x1.5555555555555p-2, -0x1.5555555555555p-56));
  const Pair<V> bracket = add(third, hn::Set(d, 1.0));
  const Pair<V> linear = multiply(pair(d, 0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56), x);
  const Pair<V> cubic = multiply(linear, bracket);
  const V fifth = hn::Mul(hn::Mul(x, hn::Mul(z.hi, z.hi)), polynomial(d, z.hi, erf_tail));
  return fast_two_sum(cubic.hi, hn::Add(cubic.lo, fifth));
}

// erfc x for 0.75 <= x <= 28, to be scaled by 2^k.
template <class D, class V>
HWY_INLINE ScaledPair<V> erfc_large(D d, V x) {
  const V four = hn::Set(d, 4.0);
  const V t = hn::Div(hn::Sub(x, four), hn::Add(x, four));
  const Pair<V> q = fast_two_sum(hn::Set(d, erfcx_first[0]),
                                 hn::MulAdd(t, polynomial(d, t, erfcx_tail), hn::Set(d, erfcx_first[1])));
  const Pair<V> square = two_product(x, x);
  const ScaledPair<V> power = exp_pair(d, negate(square));
  const Pair<V> denominator = fast_two_sum(hn::Set(d, 1.0), hn::Add(x, x));
  const Pair<V> factor = divide(d, q, denominator);
  return {power.k, multiply(power.mantissa, factor)};
}

template <F64 D, class V>
HWY_INLINE V erf(D d, V x) {
  const V size = clamp(d, hn::Abs(x), 0.0, 7.0), one = hn::Set(d, 1.0);
  const auto small = hn::Lt(size, one);
  const ScaledPair<V> rest = erfc_large(d, hn::Max(size, hn::Set(d, 0.75)));
  const V far = hn::Sub(one, scale(d, rest.mantissa.hi, rest.k));
  const V near = erf_small(d, hn::Min(size, one)).hi;
  const V tiny = hn::MulAdd(x, hn::Set(d, 0x1.06eba8214db69p-3), x);
  const V y = with_sign(hn::IfThenElse(small, near, far), x);
  return unless_nan(d, x, hn::IfThenElse(hn::Lt(size, hn::Set(d, 0x1p-500)), tiny, y));
}

// 1 - erf x up to 0.75, the product beyond, 2 - erfc(-x) for negative x.
template <F64 D, class V>
HWY_INLINE V erfc(D d, V x) {
  const V size = clamp(d, hn::Abs(x), 0.0, 28.0), edge = hn::Set(d, 0.75);
  const auto negative = hn::Lt(x, hn::Zero(d));
  const ScaledPair<V> rest = erfc_large(d, hn::Max(size, edge));
  const V tail = scale(d, rest.mantissa.hi, rest.k);
  const V far = hn::IfThenElse(negative, hn::Sub(hn::Set(d, 2.0), tail), tail);
  const Pair<V> inner = erf_small(d, with_sign(hn::Min(size, edge), x));
  const V near = add(negate(inner), hn::Set(d, 1.0)).hi;
  return unless_nan(d, x, hn::IfThenElse(hn::Lt(size, edge), near, far));
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
