// SPDX-License-Identifier: Apache-2.0
// Hyperbolic functions and their inverses in f64, from e^x, e^x - 1 and logarithms as Pairs.
#if defined(SHOAL_MATH_HYPERBOLIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_HYPERBOLIC_INL_H_
#undef SHOAL_MATH_HYPERBOLIC_INL_H_
#else
#define SHOAL_MATH_HYPERBOLIC_INL_H_
#endif

#include "math/exp-inl.h"
#include "math/log-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

// x where it is so small that the odd function equals it, else y with the sign of x.
template <class D, class V>
HWY_INLINE V odd_result(D d, V x, V y) {
  return hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0x1p-28)), x, with_sign(y, x));
}

// a 2^k with both parts scaled, for results far from the ends of the range.
template <class D, class V>
HWY_INLINE Pair<V> unscaled(D d, ScaledPair<V> a) {
  const V power = power_of_two(d, a.k);
  return {hn::Mul(a.mantissa.hi, power), hn::Mul(a.mantissa.lo, power)};
}

// tanh x = e / (e + 2), e = e^(2|x|) - 1; from 20 on it rounds to 1.
template <F64 D, class V>
HWY_INLINE V tanh(D d, V x) {
  const V confined = clamp(d, hn::Abs(x), 0.0, 20.0);
  const Pair<V> e = unscaled(d, expm1_pair(d, Pair<V>{hn::Add(confined, confined), hn::Zero(d)}));
  const V y = divide(d, e, add(e, hn::Set(d, 2.0))).hi;
  return unless_nan(d, x, odd_result(d, x, y));
}

// sinh x = (e + e/(e+1))/2, e = e^|x| - 1; from 40 on e^|x|/2.
template <F64 D, class V>
HWY_INLINE V sinh(D d, V x) {
  const V size = clamp(d, hn::Abs(x), 0.0, 720.0);
  const auto large = hn::Gt(size, hn::Set(d, 40.0));
  const ScaledPair<V> power = expm1_pair(d, Pair<V>{size, hn::Zero(d)});
  const V far = scale(d, power.mantissa.hi, hn::Sub(power.k, hn::Set(d, 1.0)));
  const Pair<V> e = unscaled(d, ScaledPair<V>{hn::IfThenZeroElse(large, power.k), power.mantissa});
  const V near = hn::Mul(hn::Set(d, 0.5), add(e, divide(d, e, add(e, hn::Set(d, 1.0)))).hi);
  return unless_nan(d, x, odd_result(d, x, hn::IfThenElse(large, far, near)));
}

template <F64 D, class V>
HWY_INLINE V cosh(D d, V x) {
  const V size = clamp(d, hn::Abs(x), 0.0, 720.0);
  const auto large = hn::Gt(size, hn::Set(d, 40.0));
  const ScaledPair<V> power = exp_pair(d, Pair<V>{size, hn::Zero(d)});
  const V far = scale(d, power.mantissa.hi, hn::Sub(power.k, hn::Set(d, 1.0)));
  const Pair<V> e = unscaled(d, ScaledPair<V>{hn::IfThenZeroElse(large, power.k), power.mantissa});
  const V near = hn::Mul(hn::Set(d, 0.5), add(e, divide(d, pair(d, 1.0), e)).hi);
  return unless_nan(d, x, hn::IfThenElse(large, far, near));
}

// asinh |x| = log1p(|x| + x^2 / (1 + sqrt(1 + x^2))); from 2^28 on log |x| + log 2.
template <F64 D, class V>
HWY_INLINE V asinh(D d, V x) {
  const V size = hn::Abs(x);
  const auto large = hn::Gt(size, hn::Set(d, 0x1p28));
  const V near_x = hn::IfThenZeroElse(large, size);
  const Pair<V> square = two_product(near_x, near_x);
  const Pair<V> root = square_root(d, add(square, hn::Set(d, 1.0)));
  const Pair<V> rest = divide(d, square, add(root, hn::Set(d, 1.0)));
  const Pair<V> argument =
      select(large, Pair<V>{hn::Sub(size, hn::Set(d, 1.0)), hn::Zero(d)}, add(rest, near_x));
  const Pair<V> y = log1p_pair(d, argument);
  const Pair<V> log_two = pair(d, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
  const V answer = hn::IfThenElse(large, add(y, log_two).hi, y.hi);
  const V inf = infinity(d);
  return unless_nan(d, x, odd_result(d, x, hn::IfThenElse(hn::Eq(size, inf), inf, answer)));
}

// acosh x = log1p(t + sqrt(2t + t^2)), t = x - 1; from 2^28 on log x + log 2.
template <F64 D, class V>
HWY_INLINE V acosh(D d, V x) {
  const V one = hn::Set(d, 1.0);
  const auto large = hn::Gt(x, hn::Set(d, 0x1p28));
  const Pair<V> t = two_sum(hn::IfThenElse(large, one, x), hn::Neg(one));
  const Pair<V> root = square_root(d, multiply(t, add(t, hn::Set(d, 2.0))));
  const Pair<V> argument = select(large, Pair<V>{hn::Sub(x, one), hn::Zero(d)}, add(root, t));
  const Pair<V> y = log1p_pair(d, argument);
  const Pair<V> log_two = pair(d, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
  const V answer = hn::IfThenElse(large, add(y, log_two).hi, y.hi);
  const V inf = infinity(d);
  return valid_if(d, hn::Ge(x, one), hn::IfThenElse(hn::Eq(x, inf), inf, answer));
}

// atanh |x| = log1p(2|x| / (1 - |x|)) / 2.
template <F64 D, class V>
HWY_INLINE V atanh(D d, V x) {
  const V size = hn::Abs(x), one = hn::Set(d, 1.0);
  const auto inside = hn::Lt(size, one);
  const V near_x = hn::IfThenElseZero(inside, size);
  const Pair<V> ratio =
      divide(d, Pair<V>{hn::Add(near_x, near_x), hn::Zero(d)}, two_sum(one, hn::Neg(near_x)));
  const V y = hn::Mul(hn::Set(d, 0.5), log1p_pair(d, ratio).hi);
  const V answer = odd_result(d, x, hn::IfThenElse(inside, y, infinity(d)));
  return valid_if(d, hn::Le(size, one), answer);
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
