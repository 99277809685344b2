// SPDX-License-Identifier: Apache-2.0
// Inverse trigonometric functions in f64. Odd polynomials on a short interval; the rest by exact identities
// on Pairs.
#if defined(SHOAL_MATH_INVERSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_INVERSE_INL_H_
#undef SHOAL_MATH_INVERSE_INL_H_
#else
#define SHOAL_MATH_INVERSE_INL_H_
#endif

#include "math/base-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

// atan(a/b) for 0 <= a <= b, b > 0, both far from the ends of the range. With t = a/b > tan(pi/8) it is
// pi/4 + atan((a - b)/(a + b)).
template <class D, class V>
HWY_INLINE Pair<V> atan_of_ratio(D d, Pair<V> a, Pair<V> b) {
  const auto upper = hn::Gt(a.hi, hn::Mul(b.hi, hn::Set(d, 0.4142135623730950)));
  const Pair<V> t = divide(d, select(upper, add(a, negate(b)), a), select(upper, add(a, b), b));
  const V z = hn::Mul(t.hi, t.hi);
  const V low = hn::MulAdd(hn::Mul(t.hi, z), polynomial(d, z, atan_tail), hn::NegMulAdd(z, t.lo, t.lo));
  const Pair<V> base = pair(d, 0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55);
  const Pair<V> y = fast_two_sum(t.hi, low);
  return select(upper, add(base, y), y);
}

// The angle of the first octant or its mirror image: atan(a/b), or pi/2 - it if `mirrored`.
template <class D, class M, class V>
HWY_INLINE Pair<V> mirror_if(D d, M mirrored, Pair<V> angle) {
  const Pair<V> quarter = pair(d, 0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54);
  return select(mirrored, add(quarter, negate(angle)), angle);
}

template <F64 D, class V>
HWY_INLINE V atan(D d, V x) {
  const V size = hn::Abs(x), one = hn::Set(d, 1.0);
  const auto mirrored = hn::Gt(size, one);
  const V confined = clamp(d, size, 0.0, 0x1p60);
  const Pair<V> a = {hn::IfThenElse(mirrored, one, confined), hn::Zero(d)};
  const Pair<V> b = {hn::IfThenElse(mirrored, confined, one), hn::Zero(d)};
  const V y = mirror_if(d, mirrored, atan_of_ratio(d, a, b)).hi;
  const V answer = hn::IfThenElse(hn::Lt(size, hn::Set(d, 0x1p-28)), x, with_sign(y, x));
  return unless_nan(d, x, answer);
}

// Both sizes multiplied by the power of two that brings the larger near 1; the smaller may vanish.
template <class D, class V>
HWY_INLINE void normalise(D d, V& larger, V& smaller) {
  const auto huge = hn::Gt(larger, hn::Set(d, 0x1p500)), tiny = hn::Lt(larger, hn::Set(d, 0x1p-400));
  const V factor =
      hn::IfThenElse(huge, hn::Set(d, 0x1p-600), hn::IfThenElse(tiny, hn::Set(d, 0x1p600), hn::Set(d, 1.0)));
  larger = hn::Mul(larger, factor);
  smaller = hn::Mul(smaller, factor);
}

template <F64 D, class V>
HWY_INLINE V atan2(D d, V y, V x) {
  const V inf = infinity(d), zero = hn::Zero(d), one = hn::Set(d, 1.0);
  const V size_x = hn::Abs(x), size_y = hn::Abs(y);
  const auto mirrored = hn::Gt(size_y, size_x);
  const V a = hn::IfThenElse(mirrored, size_x, size_y), b = hn::IfThenElse(mirrored, size_y, size_x);
  // Infinite: the ratio is 0 or 1. Both zero: the ratio is 0.
  const auto infinite = hn::Eq(b, inf), nothing = hn::Eq(b, zero);
  V small = hn::IfThenElse(infinite, hn::IfThenElse(hn::Eq(a, inf), one, zero), a);
  V large = hn::IfThenElse(hn::Or(infinite, nothing), one, b);
  const V direct = hn::Div(small, large);
  normalise(d, large, small);
  Pair<V> angle = atan_of_ratio(d, Pair<V>{small, zero}, Pair<V>{large, zero});
  angle = select(hn::Lt(direct, hn::Set(d, 0x1p-28)), Pair<V>{direct, zero}, angle);
  angle = mirror_if(d, mirrored, angle);
  const auto left = hn::Eq(hn::CopySign(one, x), hn::Neg(one));
  const Pair<V> half_turn = pair(d, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53);
  angle = select(left, add(half_turn, negate(angle)), angle);
  return valid_if(d, hn::And(hn::Eq(x, x), hn::Eq(y, y)), with_sign(angle.hi, y));
}

// asin |x| for |x| <= 1/2, or asin sqrt((1-|x|)/2) beyond; `far` says which.
template <class V, class M>
struct HalfAngle {
  M far;
  Pair<V> y;
};

template <class D, class V>
HWY_INLINE auto half_asin(D d, V size) {
  const V half = hn::Set(d, 0.5);
  const auto far = hn::Gt(size, half);
  const V z = hn::IfThenElse(far, hn::Mul(half, hn::Sub(hn::Set(d, 1.0), size)), hn::Mul(size, size));
  const Pair<V> root =
      square_root(d, Pair<V>{hn::IfThenElse(hn::Gt(z, hn::Zero(d)), z, hn::Zero(d)), hn::Zero(d)});
  const Pair<V> s = select(far, root, Pair<V>{size, hn::Zero(d)});
  const V low = hn::MulAdd(hn::Mul(s.hi, z), polynomial(d, z, asin_tail), s.lo);
  return HalfAngle<V, decltype(far)>{far, fast_two_sum(s.hi, low)};
}

template <F64 D, class V>
HWY_INLINE V asin(D d, V x) {
  const V size = hn::Abs(x);
  const auto part = half_asin(d, size);
  const Pair<V> twice = {hn::Add(part.y.hi, part.y.hi), hn::Add(part.y.lo, part.y.lo)};
  const V y = select(part.far, mirror_if(d, part.far, twice), part.y).hi;
  const V answer = hn::IfThenElse(hn::Lt(size, hn::Set(d, 0x1p-28)), x, with_sign(y, x));
  return valid_if(d, hn::Le(size, hn::Set(d, 1.0)), answer);
}

template <F64 D, class V>
HWY_INLINE V acos(D d, V x) {
  const V size = hn::Abs(x), zero = hn::Zero(d);
  const auto part = half_asin(d, size);
  const auto negative = hn::Lt(x, zero);
  const Pair<V> quarter = pair(d, 0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54);
  const Pair<V> half_turn = pair(d, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53);
  const Pair<V> twice = {hn::Add(part.y.hi, part.y.hi), hn::Add(part.y.lo, part.y.lo)};
  const V far = hn::IfThenElse(negative, add(half_turn, negate(twice)).hi, twice.hi);
  const V near = add(quarter, select(negative, part.y, negate(part.y))).hi;
  return valid_if(d, hn::Le(size, hn::Set(d, 1.0)), hn::IfThenElse(part.far, far, near));
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
