// SPDX-License-Identifier: Apache-2.0
// tgamma and lgamma in f64. With |x| < 10.5: x = 2 + t + n, |t| <= 1/2, a polynomial in t and a product of
// |n| exact factors; beyond: Stirling's series in Pairs; below -1/2: reflection, gamma(x) gamma(-x) = -pi /
// (x sin(pi x)).
#if defined(SHOAL_MATH_GAMMA_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_GAMMA_INL_H_
#undef SHOAL_MATH_GAMMA_INL_H_
#else
#define SHOAL_MATH_GAMMA_INL_H_
#endif

#include "math/exp-inl.h"
#include "math/log-inl.h"
#include "math/trig-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

// x = 2 + t + n: gamma(x) = gamma(2 + t) up / down.
template <class V>
struct GammaArgument {
  V t;
  Pair<V> up, down;
};

// For -1/2 < x < 10.5, x != 0. All differences x - j are exact.
template <class D, class V>
HWY_INLINE GammaArgument<V> reduce_gamma(D d, V x) {
  const V nearest = round_small(d, x), one = hn::Set(d, 1.0);
  Pair<V> up = pair(d, 1.0);
  for (int j = 1; j <= 8; ++j) {
    const V number = hn::Set(d, static_cast<double>(j));
    up = multiply(up, hn::IfThenElse(hn::Gt(hn::Sub(nearest, one), number), hn::Sub(x, number), one));
  }
  const Pair<V> next = multiply(two_sum(x, one), x);
  Pair<V> down = select(hn::Lt(nearest, one), next, pair(d, 1.0));
  down = select(hn::Eq(nearest, one), Pair<V>{x, hn::Zero(d)}, down);
  return {hn::Sub(x, nearest), up, down};
}

// (1 - Euler's constant) t + t^2 q(t).
template <class D, class V, std::size_t N>
HWY_INLINE Pair<V> gamma_series(D d, V t, const double (&tail)[N]) {
  const Pair<V> linear = multiply(pair(d, 0x1.b0ee6072093cep-2, 0x1.6cb90701fbfabp-58), t);
  return fast_two_sum(linear.hi, hn::MulAdd(hn::Mul(t, t), polynomial(d, t, tail), linear.lo));
}

// log gamma x for 10 <= x < 2^900, from log x.
template <class D, class V>
HWY_INLINE Pair<V> stirling(D d, V x, Pair<V> logarithm) {
  const V inverse = hn::Div(hn::Set(d, 1.0), x);
  const V series = hn::Mul(inverse, polynomial(d, hn::Mul(inverse, inverse), stirling_tail));
  const Pair<V> product = multiply(logarithm, two_sum(x, hn::Set(d, -0.5)));
  const Pair<V> constant = add(pair(d, 0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55), series);
  return add(add(product, hn::Neg(x)), constant);
}

// |sin(pi a)| for a >= 0, from the exact distance to the nearest integer.
template <class D, class V>
HWY_INLINE Pair<V> sin_pi(D d, V a) {
  const V distance = hn::Abs(hn::Sub(a, hn::Round(a)));
  const V q = round_small(d, hn::Add(distance, distance));
  const V rest = hn::NegMulAdd(q, hn::Set(d, 0.5), distance);
  const Pair<V> r = multiply(pair(d, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53), rest);
  const Pair<V> y = select(is_odd(d, q), cos_of_remainder(d, r), sin_of_remainder(d, r));
  return select(hn::Lt(y.hi, hn::Zero(d)), negate(y), y);
}

// gamma x for -1/2 < x < 190, |x| > 2^-60, to be scaled by 2^k.
template <class D, class V>
HWY_INLINE ScaledPair<V> gamma_pair(D d, V x) {
  const auto large = hn::Ge(x, hn::Set(d, 10.0));
  const GammaArgument<V> argument = reduce_gamma(d, hn::IfThenElse(large, hn::Set(d, 2.0), x));
  const Pair<V> series = gamma_series(d, argument.t, gamma_tail);
  const Pair<V> centre = add(series, hn::Set(d, 1.0));
  const Pair<V> near = divide(d, multiply(centre, argument.up), argument.down);
  const V far_x = hn::IfThenElse(large, x, hn::Set(d, 10.0));
  const Pair<V> logarithm = log_pair<true>(d, Pair<V>{far_x, hn::Zero(d)});
  const ScaledPair<V> far = exp_pair(d, stirling(d, far_x, logarithm));
  return {hn::IfThenElseZero(large, far.k), select(large, far.mantissa, near)};
}

template <F64 D, class V>
HWY_INLINE V tgamma(D d, V x) {
  const V zero = hn::Zero(d), one = hn::Set(d, 1.0), inf = infinity(d);
  const auto reflected = hn::Le(x, hn::Set(d, -0.5));
  const auto tiny = hn::Lt(hn::Abs(x), hn::Set(d, 0x1p-60));
  const V size = clamp(d, hn::IfThenElse(reflected, hn::Neg(x), hn::IfThenElse(tiny, one, x)), -0.5, 190.0);
  const ScaledPair<V> gamma = gamma_pair(d, size);
  const Pair<V> sine = multiply(sin_pi(d, size), size);
  const auto pole = hn::Or(hn::And(reflected, hn::Eq(hn::Floor(x), x)), hn::Eq(x, hn::Neg(inf)));
  const Pair<V> half_turn = pair(d, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53);
  const Pair<V> mirrored = divide(d, half_turn, multiply(gamma.mantissa, sine));
  const Pair<V> mantissa = select(reflected, mirrored, gamma.mantissa);
  const V positive = scale(d, mantissa.hi, hn::IfThenElse(reflected, hn::Neg(gamma.k), gamma.k));
  // Below zero the sign alternates: negative where floor(x) is odd.
  const V half = hn::Mul(hn::Floor(x), hn::Set(d, 0.5));
  const auto odd = hn::And(reflected, hn::Not(hn::Eq(hn::Floor(half), half)));
  V y = hn::IfThenElse(odd, hn::Neg(positive), positive);
  y = hn::IfThenElse(hn::Gt(x, hn::Set(d, 180.0)), inf, y);
  y = hn::IfThenElse(hn::Lt(x, hn::Set(d, -189.0)), hn::IfThenElse(odd, hn::Neg(zero), zero), y);
  y = hn::IfThenElse(tiny, hn::Div(one, x), y);
  return valid_if(d, hn::AndNot(pole, hn::Eq(x, x)), y);
}

// x (log x - 1), for x so large that x log x - x could overflow on the way.
template <class D, class V>
HWY_INLINE V lgamma_huge(D d, V x) {
  const V inf = infinity(d);
  const V finite = hn::IfThenElse(hn::Lt(x, inf), x, hn::Set(d, 0x1p900));
  const V slope = hn::Sub(log_pair<false>(d, Pair<V>{finite, hn::Zero(d)}).hi, hn::Set(d, 1.0));
  return hn::IfThenElse(hn::Eq(x, inf), inf, hn::Mul(finite, slope));
}

// log |gamma x| for -1/2 < x, x != 0, finite or not. One logarithm serves both ways: of x, or of the exact
// product.
template <class D, class V>
HWY_INLINE Pair<V> lgamma_pair(D d, V x) {
  const V one = hn::Set(d, 1.0), zero = hn::Zero(d);
  const auto large = hn::Ge(x, hn::Set(d, 10.0)), huge = hn::Ge(x, hn::Set(d, 0x1p900));
  const GammaArgument<V> argument = reduce_gamma(d, hn::IfThenElse(large, hn::Set(d, 2.0), x));
  const auto divides = hn::Not(hn::Eq(argument.down.hi, one));
  const Pair<V> factor = select(divides, argument.down, argument.up);
  const Pair<V> size = select(hn::Lt(factor.hi, zero), negate(factor), factor);
  const V far_x = hn::IfThenElse(hn::AndNot(huge, large), x, hn::Set(d, 10.0));
  const Pair<V> logarithm = log_pair<true>(d, select(large, Pair<V>{far_x, zero}, size));
  const Pair<V> series = gamma_series(d, argument.t, lgamma_tail);
  const Pair<V> near = add(series, select(divides, negate(logarithm), logarithm));
  const Pair<V> y = select(large, stirling(d, far_x, logarithm), near);
  if (HWY_LIKELY(hn::AllFalse(d, huge))) return y;
  return select(huge, Pair<V>{lgamma_huge(d, x), zero}, y);
}

template <F64 D, class V>
HWY_INLINE V lgamma(D d, V x) {
  const V inf = infinity(d), zero = hn::Zero(d);
  const auto reflected = hn::Le(x, hn::Set(d, -0.5));
  const V positive = hn::IfThenElse(hn::Gt(hn::Abs(x), zero), x, hn::Set(d, 1.0));
  const V size = hn::IfThenElse(reflected, hn::Neg(x), positive);
  const Pair<V> direct = lgamma_pair(d, size);
  V y = hn::IfThenElse(hn::Eq(x, zero), inf, direct.hi);
  if (HWY_UNLIKELY(!hn::AllFalse(d, reflected))) {
    const auto pole = hn::And(reflected, hn::Eq(hn::Floor(x), x));
    const V base = hn::IfThenElse(hn::AndNot(pole, reflected), size, hn::Set(d, 0.5));
    const Pair<V> half_turn = pair(d, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53);
    const Pair<V> ratio = divide(d, half_turn, multiply(sin_pi(d, base), base));
    const V mirrored = add(log_pair<true>(d, ratio), negate(direct)).hi;
    y = hn::IfThenElse(pole, inf, hn::IfThenElse(reflected, mirrored, y));
  }
  return unless_nan(d, x, y);
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
