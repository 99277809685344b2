// SPDX-License-Identifier: Apache-2.0
// Logarithms in f64: x = 2^k m with sqrt(1/2) <= m < sqrt(2), log m = 2 atanh(s) = 2s + 2/3 s^3 + s^5 q(s^2),
// s = (m - 1) / (m + 1).
#if defined(SHOAL_MATH_LOG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_LOG_INL_H_
#undef SHOAL_MATH_LOG_INL_H_
#else
#define SHOAL_MATH_LOG_INL_H_
#endif

#include "math/base-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

template <class V>
struct Decomposed {
  V k, m;
};

// x = 2^k m for finite x > 0, subnormal ones too.
template <class D, class V>
HWY_INLINE Decomposed<V> decompose(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  const auto tiny = hn::Lt(x, hn::Set(d, 0x1p-1022));
  const V normal = hn::IfThenElse(tiny, hn::Mul(x, hn::Set(d, 0x1p54)), x);
  constexpr std::uint64_t one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd;
  const auto shifted = hn::Add(hn::BitCast(du, normal), hn::Set(du, one - root_half));
  const auto fraction = hn::And(shifted, hn::Set(du, std::uint64_t{0x000fffffffffffff}));
  const V m = hn::BitCast(d, hn::Add(fraction, hn::Set(du, root_half)));
  const auto exponent = hn::Or(hn::ShiftRight<52>(shifted), hn::Set(du, std::uint64_t{0x4330000000000000}));
  const V bias = hn::IfThenElse(tiny, hn::Set(d, 0x1p52 + 1023 + 54), hn::Set(d, 0x1p52 + 1023));
  return {hn::Sub(hn::BitCast(d, exponent), bias), m};
}

// s = (m - 1) / (m + 1) for m = m_hi + m_lo.
template <class D, class V>
HWY_INLINE Pair<V> atanh_argument(D d, V m_hi, V m_lo) {
  const Pair<V> numerator = two_sum(hn::Sub(m_hi, hn::Set(d, 1.0)), m_lo);
  const Pair<V> sum = fast_two_sum(hn::Set(d, 2.0), numerator.hi);
  return divide(d, numerator, Pair<V>{sum.hi, hn::Add(sum.lo, numerator.lo)});
}

// 2 atanh(s), |s| <= 0.1716. Relative error about 2^-59; 2^-64 if Precise, which also takes 2/3 s^3 as a
// Pair.
template <bool Precise, class D, class V>
HWY_INLINE Pair<V> log_of_mantissa(D d, Pair<V> s) {
  const V z = hn::Mul(s.hi, s.hi);
  const V tail = hn::Mul(z, polynomial(d, z, log_tail));
  const V cube = hn::Mul(s.hi, z);
  const Pair<V> twice = {hn::Add(s.hi, s.hi), hn::Add(s.lo, s.lo)};
  if constexpr (Precise) {
    const Pair<V> third =
        multiply(multiply(multiply(s, s), s), pair(d, 0x1.5555555555555p-1, 0x1.5555555555555p-55));
    const Pair<V> sum = fast_two_sum(twice.hi, third.hi);
    return fast_two_sum(sum.hi, hn::Add(sum.lo, hn::Add(twice.lo, hn::MulAdd(cube, tail, third.lo))));
  } else {
    const V rest = hn::Mul(cube, hn::Add(hn::Set(d, 0x1.5555555555555p-1), tail));
    return fast_two_sum(twice.hi, hn::Add(twice.lo, rest));
  }
}

// k log 2 + log m.
template <class D, class V>
HWY_INLINE Pair<V> add_exponent(D d, V k, Pair<V> log_m) {
  const V high = hn::Mul(k, hn::Set(d, 0x1.62e42fefa2000p-1));  // exact: 40 bits times 11
  const Pair<V> sum = fast_two_sum(high, log_m.hi);
  return fast_two_sum(sum.hi, hn::Add(sum.lo, hn::MulAdd(k, hn::Set(d, 0x1.9ef35793c7673p-41), log_m.lo)));
}

// log(x.hi + x.lo) for finite x.hi > 0.
template <bool Precise, class D, class V>
HWY_INLINE Pair<V> log_pair(D d, Pair<V> x) {
  const Decomposed<V> parts = decompose(d, x.hi);
  const V m_lo = scale(d, x.lo, hn::Neg(parts.k));
  return add_exponent(d, parts.k, log_of_mantissa<Precise>(d, atanh_argument(d, parts.m, m_lo)));
}

// The values of a logarithm outside 0 < x < infinity.
template <class D, class V>
HWY_INLINE V log_special(D d, V x, V y) {
  const V inf = infinity(d);
  y = hn::IfThenElse(hn::Eq(x, inf), inf, y);
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(inf), y);
  return valid_if(d, hn::Ge(x, hn::Zero(d)), y);
}

// log of a single x: m - 1 is exact.
template <class D, class V>
HWY_INLINE Pair<V> log_of_exact_mantissa(D d, V m) {
  const V f = hn::Sub(m, hn::Set(d, 1.0));
  return log_of_mantissa<false>(d, divide(d, Pair<V>{f, hn::Zero(d)}, fast_two_sum(hn::Set(d, 2.0), f)));
}

template <F64 D, class V>
HWY_INLINE V log(D d, V x) {
  const Decomposed<V> parts = decompose(d, x);
  return log_special(d, x, add_exponent(d, parts.k, log_of_exact_mantissa(d, parts.m)).hi);
}

template <F64 D, class V>
HWY_INLINE V log2(D d, V x) {
  const Decomposed<V> parts = decompose(d, x);
  const Pair<V> log_m =
      multiply(log_of_exact_mantissa(d, parts.m), pair(d, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56));
  return log_special(d, x, add(Pair<V>{parts.k, hn::Zero(d)}, log_m).hi);
}

template <F64 D, class V>
HWY_INLINE V log10(D d, V x) {
  const Decomposed<V> parts = decompose(d, x);
  const Pair<V> log_m =
      multiply(log_of_exact_mantissa(d, parts.m), pair(d, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57));
  const Pair<V> log_k = {hn::Mul(parts.k, hn::Set(d, 0x1.34413509f6000p-2)),  // 40 bits of log10(2)
                         hn::Mul(parts.k, hn::Set(d, 0x1.9fef311f12b36p-42))};
  return log_special(d, x, add(log_k, log_m).hi);
}

// log(1 + x.hi + x.lo) for finite x.hi > -1.
template <class D, class V>
HWY_INLINE Pair<V> log1p_pair(D d, Pair<V> x) {
  const Pair<V> sum = two_sum(hn::Set(d, 1.0), x.hi);
  return log_pair<false>(d, Pair<V>{sum.hi, hn::Add(sum.lo, x.lo)});
}

template <F64 D, class V>
HWY_INLINE V log1p(D d, V x) {
  const V y = log1p_pair(d, Pair<V>{x, hn::Zero(d)}).hi;
  const V answer = hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0x1p-54)), x, y);
  const V inf = infinity(d), end = hn::Set(d, -1.0);
  const V special = hn::IfThenElse(hn::Eq(x, inf), inf, hn::IfThenElse(hn::Eq(x, end), hn::Neg(inf), answer));
  return valid_if(d, hn::Ge(x, end), special);
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
