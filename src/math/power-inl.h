// SPDX-License-Identifier: Apache-2.0
// Powers and roots in f64.
#if defined(SHOAL_MATH_POWER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_POWER_INL_H_
#undef SHOAL_MATH_POWER_INL_H_
#else
#define SHOAL_MATH_POWER_INL_H_
#endif

#include "math/exp-inl.h"
#include "math/inverse-inl.h"
#include "math/log-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

template <F64 D, class V>
HWY_INLINE V sqrt(D d, V x) {
  return unless_nan(d, x, valid_if(d, hn::Ge(x, hn::Zero(d)), hn::Sqrt(x)));
}

// Whether y is an integer, and an odd one. From 2^53 on all are even.
template <class D, class V>
HWY_INLINE auto is_integer(D, V y) {
  return hn::Eq(hn::Trunc(y), y);
}

template <class D, class V>
HWY_INLINE auto is_odd_integer(D d, V y) {
  const V half = hn::Mul(y, hn::Set(d, 0.5));
  const auto small = hn::Lt(hn::Abs(y), hn::Set(d, 0x1p53));
  return hn::And(small, hn::AndNot(is_integer(d, half), is_integer(d, y)));
}

// x^y = e^(y log |x|), the logarithm with 64 good bits; then the special values of C99 F.9.4.4.
template <F64 D, class V>
HWY_INLINE V pow(D d, V x, V y) {
  const V zero = hn::Zero(d), one = hn::Set(d, 1.0), inf = infinity(d);
  const V size = hn::Abs(x), exponent_size = hn::Abs(y);
  const auto ordinary = hn::And(hn::Gt(size, zero), hn::Lt(size, inf));
  const Pair<V> logarithm = log_pair<true>(d, Pair<V>{hn::IfThenElse(ordinary, size, one), zero});
  const V confined = clamp(d, y, -0x1p66, 0x1p66);
  V magnitude = exp_of_pair(d, multiply(logarithm, confined));
  // |x| of 0 or infinity, |y| infinite: 0 or infinity by the signs of log |x| and y.
  const auto grows =
      hn::Or(hn::And(hn::Gt(size, one), hn::Gt(y, zero)), hn::And(hn::Lt(size, one), hn::Lt(y, zero)));
  const auto extreme = hn::Or(hn::Not(ordinary), hn::Eq(exponent_size, inf));
  magnitude = hn::IfThenElse(extreme, hn::IfThenElseZero(grows, inf), magnitude);
  const auto integer = hn::Or(is_integer(d, y), hn::Eq(exponent_size, inf));
  const auto negative = hn::Lt(hn::CopySign(one, x), zero);
  const V sign = hn::IfThenElse(hn::And(negative, is_odd_integer(d, y)), hn::Neg(one), one);
  V answer = hn::CopySign(magnitude, sign);
  const auto complex = hn::And(hn::And(hn::Lt(x, zero), hn::Lt(size, inf)), hn::Not(integer));
  const auto valid = hn::AndNot(complex, hn::And(hn::Eq(x, x), hn::Eq(y, y)));
  answer = valid_if(d, valid, answer);
  const auto is_one =
      hn::Or(hn::Eq(x, one), hn::Or(hn::Eq(y, zero), hn::And(hn::Eq(size, one), hn::Eq(exponent_size, inf))));
  return hn::IfThenElse(is_one, one, answer);
}

// x = 8^j m: two steps of Halley for m^(-1/3), then one exact correction of the cube root itself.
template <F64 D, class V>
HWY_INLINE V cbrt(D d, V x) {
  const V size = hn::Abs(x), inf = infinity(d), third = hn::Set(d, 1.0 / 3);
  const auto ordinary = hn::And(hn::Gt(size, hn::Zero(d)), hn::Lt(size, inf));
  const Decomposed<V> parts = decompose(d, hn::IfThenElse(ordinary, size, hn::Set(d, 1.0)));
  // round((k - 1)/3) leaves a remainder of 0, 1 or 2; the mantissa below 1 moves it to [0.7, 5.7).
  const V j = round_small(d, hn::Mul(hn::Sub(parts.k, hn::Set(d, 1.0)), third));
  const V m = hn::Mul(parts.m, power_of_two(d, hn::NegMulAdd(j, hn::Set(d, 3.0), parts.k)));
  V t = polynomial(d, m, inverse_cbrt_poly);
  for (int step = 0; step < 2; ++step) {
    const V rest = hn::NegMulAdd(hn::Mul(m, t), hn::Mul(t, t), hn::Set(d, 1.0));
    t = hn::MulAdd(hn::Mul(t, third), hn::MulAdd(hn::Mul(rest, rest), hn::Set(d, 2.0 / 3), rest), t);
  }
  const V root = hn::Mul(m, hn::Mul(t, t));
  const Pair<V> square = two_product(root, root);
  const V rest = hn::NegMulAdd(square.lo, root, hn::NegMulAdd(square.hi, root, m));
  const V better = hn::MulAdd(rest, hn::Mul(third, hn::Mul(t, t)), root);
  const V y = hn::Mul(better, power_of_two(d, j));
  return unless_nan(d, x, hn::IfThenElse(ordinary, with_sign(y, x), x));
}

// sqrt(x^2 + y^2) without overflow, from the exact squares.
template <F64 D, class V>
HWY_INLINE V hypot(D d, V x, V y) {
  const V inf = infinity(d), a = hn::Abs(x), b = hn::Abs(y);
  const auto infinite = hn::Or(hn::Eq(a, inf), hn::Eq(b, inf));
  const auto swap = hn::Lt(a, b);
  V larger = hn::IfThenElse(swap, b, a), smaller = hn::IfThenElse(swap, a, b);
  const auto huge = hn::Gt(larger, hn::Set(d, 0x1p500)), tiny = hn::Lt(larger, hn::Set(d, 0x1p-400));
  const V back =
      hn::IfThenElse(huge, hn::Set(d, 0x1p600), hn::IfThenElse(tiny, hn::Set(d, 0x1p-600), hn::Set(d, 1.0)));
  normalise(d, larger, smaller);
  const Pair<V> root = square_root(d, add(two_product(larger, larger), two_product(smaller, smaller)));
  const V y_hat = hn::Mul(hn::Add(root.hi, root.lo), back);
  const auto valid = hn::Or(infinite, hn::And(hn::Eq(x, x), hn::Eq(y, y)));
  return valid_if(d, valid, hn::IfThenElse(infinite, inf, y_hat));
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
