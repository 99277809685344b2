// SPDX-License-Identifier: Apache-2.0
// sin, cos and tan in f64: x = q pi/2 + r, |r| <= pi/4, r as a Pair, by three parts of pi/2 (Cody and Waite)
// or, from 2^30 on, by the bits of 2/pi (Payne and Hanek, SIGNUM Newsletter 18, 1983).
#if defined(SHOAL_MATH_TRIG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_TRIG_INL_H_
#undef SHOAL_MATH_TRIG_INL_H_
#else
#define SHOAL_MATH_TRIG_INL_H_
#endif

#include "math/base-inl.h"
#include "math/payne_hanek.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

template <class V>
struct Angle {
  V quadrant;  // an integer; only its value modulo 4 counts
  Pair<V> r;
};

// Replaces the lanes with |x| >= 2^30 by the result of exact integer arithmetic, one at a time: they are
// rare.
template <class D, class V>
HWY_NOINLINE Angle<V> reduce_huge(D d, V x, Angle<V> angle) {
  constexpr std::size_t max_lanes = 8;
  HWY_ALIGN double xs[max_lanes], quadrants[max_lanes], his[max_lanes], los[max_lanes];
  hn::Store(x, d, xs);
  hn::Store(angle.quadrant, d, quadrants);
  hn::Store(angle.r.hi, d, his);
  hn::Store(angle.r.lo, d, los);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
    if (xs[i] < 0x1p30 && xs[i] > -0x1p30) continue;
    const ReducedAngle reduced = reduce_payne_hanek(xs[i]);
    quadrants[i] = reduced.quadrant;
    his[i] = reduced.hi;
    los[i] = reduced.lo;
  }
  return {hn::Load(d, quadrants), {hn::Load(d, his), hn::Load(d, los)}};
}

template <class D, class V>
HWY_INLINE Angle<V> reduce_angle(D d, V x) {
  const auto huge = hn::Not(hn::Lt(hn::Abs(x), hn::Set(d, 0x1p30)));
  const V tame = hn::IfThenZeroElse(huge, x);
  const V q = round_small(d, hn::Mul(tame, hn::Set(d, 0x1.45f306dc9c883p-1)));
  const V first = hn::NegMulAdd(q, hn::Set(d, 0x1.921fb54442d18p+0), tame);  // exact
  const Pair<V> second = two_product(q, hn::Set(d, 0x1.1a62633145c07p-54));
  const Pair<V> sum = two_sum(first, hn::Neg(second.hi));
  const V low = hn::NegMulAdd(q, hn::Set(d, -0x1.f1976b7ed8fbcp-110), hn::Sub(sum.lo, second.lo));
  const Angle<V> angle = {q, fast_two_sum(sum.hi, low)};
  if (HWY_UNLIKELY(!hn::AllFalse(d, huge))) return reduce_huge(d, x, angle);
  return angle;
}

// sin r for |r| <= pi/4: a Pair whose parts are added last.
template <class D, class V>
HWY_INLINE Pair<V> sin_of_remainder(D d, Pair<V> r) {
  const V z = hn::Mul(r.hi, r.hi);
  const V cube = hn::Mul(r.hi, z);
  const V low = hn::NegMulAdd(hn::Mul(hn::Set(d, 0.5), z), r.lo, r.lo);  // cos(r) r.lo, near enough
  return fast_two_sum(r.hi, hn::MulAdd(cube, polynomial(d, z, sin_tail), low));
}

template <class D, class V>
HWY_INLINE Pair<V> cos_of_remainder(D d, Pair<V> r) {
  const Pair<V> square = two_product(r.hi, r.hi);
  const V z = square.hi, half = hn::Set(d, 0.5);
  const Pair<V> sum = fast_two_sum(hn::Set(d, 1.0), hn::Neg(hn::Mul(half, z)));
  const V low = hn::NegMulAdd(r.hi, r.lo, hn::NegMulAdd(half, square.lo, sum.lo));
  return fast_two_sum(sum.hi, hn::MulAdd(hn::Mul(z, z), polynomial(d, z, cos_tail), low));
}

// Lanes where the quadrant, an integer, is odd; and its second bit moved to the sign's place.
template <class D, class V>
HWY_INLINE auto is_odd(D d, V quadrant) {
  const auto bits = integer_bits(d, quadrant);
  return hn::RebindMask(d, hn::TestBit(bits, hn::Set(hn::DFromV<decltype(bits)>(), std::uint64_t{1})));
}

template <class D, class V>
HWY_INLINE V half_turn_sign(D d, V quadrant) {
  const auto bits = hn::ShiftLeft<62>(integer_bits(d, quadrant));
  return hn::And(hn::BitCast(d, bits), hn::SignBit(d));
}

// The sine of an angle, or its cosine if `shift` is 1.
template <class D, class V>
HWY_INLINE V sine(D d, Angle<V> angle, double shift) {
  const V quadrant = hn::Add(angle.quadrant, hn::Set(d, shift));
  const Pair<V> y = select(is_odd(d, quadrant), cos_of_remainder(d, angle.r), sin_of_remainder(d, angle.r));
  return hn::Xor(y.hi, half_turn_sign(d, quadrant));
}

template <class D, class V>
HWY_INLINE auto is_finite(D d, V x) {
  return hn::Lt(hn::Abs(x), infinity(d));
}

template <F64 D, class V>
HWY_INLINE V sin(D d, V x) {
  const V y = sine(d, reduce_angle(d, x), 0);
  return valid_if(d, is_finite(d, x), hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0x1p-27)), x, y));
}

template <F64 D, class V>
HWY_INLINE V cos(D d, V x) {
  return valid_if(d, is_finite(d, x), sine(d, reduce_angle(d, x), 1));
}

template <F64 D, class V>
HWY_INLINE V tan(D d, V x) {
  const Angle<V> angle = reduce_angle(d, x);
  const Pair<V> s = sin_of_remainder(d, angle.r), c = cos_of_remainder(d, angle.r);
  const auto odd = is_odd(d, angle.quadrant);
  const V y = divide(d, select(odd, negate(c), s), select(odd, s, c)).hi;
  return valid_if(d, is_finite(d, x), hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0x1p-27)), x, y));
}

// sin and cos of 2 pi v for |v| < 2^40: the quadrant is exact, no reduction is needed.
template <F64 D, class V>
HWY_INLINE void sincos_turns(D d, V v, V& sin_out, V& cos_out) {
  const V q = round_small(d, hn::Mul(v, hn::Set(d, 4.0)));
  const V rest = hn::NegMulAdd(q, hn::Set(d, 0.25), v);
  const Angle<V> angle = {q, multiply(pair(d, 0x1.921fb54442d18p+2, 0x1.1a62633145c07p-52), rest)};
  const Pair<V> s = sin_of_remainder(d, angle.r), c = cos_of_remainder(d, angle.r);
  const auto odd = is_odd(d, q);
  sin_out = hn::Xor(hn::IfThenElse(odd, c.hi, s.hi), half_turn_sign(d, q));
  cos_out = hn::Xor(hn::IfThenElse(odd, s.hi, c.hi), half_turn_sign(d, hn::Add(q, hn::Set(d, 1.0))));
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
