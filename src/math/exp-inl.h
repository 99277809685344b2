// SPDX-License-Identifier: Apache-2.0
// e^x and its relatives in f64: x = k log 2 + r, e^r - 1 = r + r^2/2 + r^3 q(r) as a Pair, all others from
// that.
#if defined(SHOAL_MATH_EXP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_EXP_INL_H_
#undef SHOAL_MATH_EXP_INL_H_
#else
#define SHOAL_MATH_EXP_INL_H_
#endif

#include "math/base-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

// x = k log 2 + r with |r| <= log(2)/2 (1 + 2^-20), for |x| < 2^20. The first part of log 2 has 40 bits, so
// that its product with k is exact.
template <class V>
struct ExpArgument {
  V k;
  Pair<V> r;
};

template <class D, class V>
HWY_INLINE ExpArgument<V> reduce_exp(D d, Pair<V> x) {
  const V k = round_small(d, hn::Mul(x.hi, hn::Set(d, 0x1.71547652b82fep+0)));
  const V first = hn::NegMulAdd(k, hn::Set(d, 0x1.62e42fefa2000p-1), x.hi);
  // Both small parts are below 2^-33 here, so that their sum is exact enough before it meets the large one.
  const V small = hn::NegMulAdd(k, hn::Set(d, 0x1.9ef35793c7673p-41), x.lo);
  return {k, two_sum(first, small)};
}

// e^r - 1 for |r| <= 0.35; relative error about 2^-57 near 0, absolute 2^-60 elsewhere.
template <class D, class V>
HWY_INLINE Pair<V> expm1_of_remainder(D d, Pair<V> r) {
  const Pair<V> square = two_product(r.hi, r.hi);
  const V half = hn::Set(d, 0.5);
  const V cube_part = hn::Mul(hn::Mul(square.hi, r.hi), polynomial(d, r.hi, exp_tail));
  const V low = hn::MulAdd(r.hi, r.lo, hn::MulAdd(half, square.lo, r.lo));
  const Pair<V> sum = fast_two_sum(r.hi, hn::Mul(half, square.hi));
  return fast_two_sum(sum.hi, hn::Add(sum.lo, hn::Add(low, cube_part)));
}

// e^x = mantissa 2^k.
template <class V>
struct ScaledPair {
  V k;
  Pair<V> mantissa;
};

template <class D, class V>
HWY_INLINE ScaledPair<V> exp_pair(D d, Pair<V> x) {
  const ExpArgument<V> argument = reduce_exp(d, x);
  const Pair<V> power = expm1_of_remainder(d, argument.r);
  const Pair<V> sum = fast_two_sum(hn::Set(d, 1.0), power.hi);
  return {argument.k, fast_two_sum(sum.hi, hn::Add(sum.lo, power.lo))};
}

// e^(x.hi + x.lo), rounded, for x.hi that is not NaN; 0 and infinity beyond the range.
template <class D, class V>
HWY_INLINE V exp_of_pair(D d, Pair<V> x) {
  const V confined = clamp(d, x.hi, -760.0, 720.0);
  const V low = hn::IfThenElseZero(hn::Eq(confined, x.hi), x.lo);
  const ScaledPair<V> power = exp_pair(d, Pair<V>{confined, low});
  return scale(d, power.mantissa.hi, power.k);
}

template <F64 D, class V>
HWY_INLINE V exp(D d, V x) {
  const ExpArgument<V> argument = reduce_exp(d, Pair<V>{clamp(d, x, -760.0, 720.0), hn::Zero(d)});
  const V r = argument.r.hi;
  const V square = hn::Mul(r, r);
  const V tail = hn::MulAdd(hn::Mul(square, r), polynomial(d, r, exp_tail),
                            hn::MulAdd(hn::Set(d, 0.5), square, argument.r.lo));
  const Pair<V> sum = fast_two_sum(hn::Set(d, 1.0), r);
  return unless_nan(d, x, scale(d, hn::Add(sum.hi, hn::Add(sum.lo, tail)), argument.k));
}

// 2^x: the integer part apart, the rest times log 2 as a Pair.
template <F64 D, class V>
HWY_INLINE V exp2(D d, V x) {
  const V confined = clamp(d, x, -1100.0, 1100.0);
  const V k = round_small(d, confined);
  const Pair<V> r = multiply(pair(d, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56), hn::Sub(confined, k));
  const Pair<V> power = expm1_of_remainder(d, r);
  const Pair<V> sum = fast_two_sum(hn::Set(d, 1.0), power.hi);
  return unless_nan(d, x, scale(d, hn::Add(sum.hi, hn::Add(sum.lo, power.lo)), k));
}

// e^x - 1 = 2^k ((e^r - 1) + (1 - 2^-k)) for -60 <= x <= 720, as a Pair to be scaled by 2^k.
template <class D, class V>
HWY_INLINE ScaledPair<V> expm1_pair(D d, Pair<V> x) {
  const ExpArgument<V> argument = reduce_exp(d, x);
  const V k = argument.k;
  const V deduction = power_of_two(d, hn::Neg(hn::Min(k, hn::Set(d, 1000.0))));
  const Pair<V> offset = two_sum(hn::Set(d, 1.0), hn::Neg(deduction));
  return {k, add(offset, expm1_of_remainder(d, argument.r))};
}

template <F64 D, class V>
HWY_INLINE V expm1(D d, V x) {
  const V confined = clamp(d, x, -50.0, 720.0);
  const ScaledPair<V> power = expm1_pair(d, Pair<V>{confined, hn::Zero(d)});
  const V y = scale(d, hn::Add(power.mantissa.hi, power.mantissa.lo), power.k);
  // Below 2^-54 the answer is x itself, and keeps the sign of zero.
  return unless_nan(d, x, hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0x1p-54)), x, y));
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
