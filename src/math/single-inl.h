// SPDX-License-Identifier: Apache-2.0
// Functions in f32 for networks: one polynomial each, no tables, full range, right with and without
// flush-to-zero.
#if defined(SHOAL_MATH_SINGLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_SINGLE_INL_H_
#undef SHOAL_MATH_SINGLE_INL_H_
#else
#define SHOAL_MATH_SINGLE_INL_H_
#endif

#include "math/base-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

// x = k log 2 + r; e^r - 1.
template <class V>
struct SinglePower {
  V k, expm1;
};

template <class D, class V>
HWY_INLINE SinglePower<V> single_power(D d, V x) {
  const V k = round_small(d, hn::Mul(x, hn::Set(d, 0x1.715476p+0f)));
  const V first = hn::NegMulAdd(k, hn::Set(d, 0x1.62e4p-1f), x);
  const V r = hn::NegMulAdd(k, hn::Set(d, 0x1.7f7d1cp-20f), first);
  return {k, hn::MulAdd(hn::Mul(r, r), polynomial(d, r, exp_tail_f32), r)};
}

template <F32 D, class V>
HWY_INLINE V exp(D d, V x) {
  const SinglePower<V> power = single_power(d, clamp(d, x, -110.0f, 90.0f));
  return unless_nan(d, x, scale(d, hn::Add(hn::Set(d, 1.0f), power.expm1), power.k));
}

// e / (e + 2), e = e^(2|x|) - 1; from 10 on it rounds to 1.
template <F32 D, class V>
HWY_INLINE V tanh(D d, V x) {
  const V confined = hn::Min(hn::Abs(x), hn::Set(d, 10.0f));
  const SinglePower<V> power = single_power(d, hn::Add(confined, confined));
  const V factor = power_of_two(d, power.k);
  const V e = hn::MulAdd(factor, power.expm1, hn::Sub(factor, hn::Set(d, 1.0f)));
  const V y = hn::Div(e, hn::Add(e, hn::Set(d, 2.0f)));
  return unless_nan(d, x, with_sign(hn::IfThenElse(hn::Lt(confined, hn::Set(d, 0x1p-12f)), confined, y), x));
}

// 1 / (1 + e^-x), with e^-|x| so that nothing overflows and small answers keep their digits.
template <F32 D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const SinglePower<V> power = single_power(d, hn::Neg(clamp(d, hn::Abs(x), 0.0f, 110.0f)));
  const V e = scale(d, hn::Add(one, power.expm1), power.k);
  const V numerator = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one);
  return unless_nan(d, x, hn::Div(numerator, hn::Add(one, e)));
}

// x = 2^k m, sqrt(1/2) <= m < sqrt(2), log m = f - f^2/2 + f^3 q(f), f = m - 1.
template <F32 D, class V>
HWY_INLINE V log(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  const V inf = infinity(d), zero = hn::Zero(d);
  const auto tiny = hn::Lt(x, hn::Set(d, 0x1p-126f));
  const V normal = hn::IfThenElse(tiny, hn::Mul(x, hn::Set(d, 0x1p24f)), x);
  constexpr std::uint32_t one = 0x3f800000, root_half = 0x3f3504f3;
  const auto shifted = hn::Add(hn::BitCast(du, normal), hn::Set(du, one - root_half));
  const V m = hn::BitCast(d, hn::Add(hn::And(shifted, hn::Set(du, 0x007fffffu)), hn::Set(du, root_half)));
  const auto exponent = hn::Or(hn::ShiftRight<23>(shifted), hn::Set(du, 0x4b000000u));
  const V bias = hn::IfThenElse(tiny, hn::Set(d, 0x1p23f + 127 + 24), hn::Set(d, 0x1p23f + 127));
  const V k = hn::Sub(hn::BitCast(d, exponent), bias);
  const V f = hn::Sub(m, hn::Set(d, 1.0f)), square = hn::Mul(f, f);
  const V cubic = hn::Mul(hn::Mul(square, f), polynomial(d, f, log_tail_f32));
  const V low = hn::MulAdd(k, hn::Set(d, 0x1.7f7d1cp-20f), hn::NegMulAdd(hn::Set(d, 0.5f), square, cubic));
  const Pair<V> sum = fast_two_sum(hn::Mul(k, hn::Set(d, 0x1.62e4p-1f)), f);
  const V y = hn::Add(sum.hi, hn::Add(sum.lo, low));
  const V upper = hn::IfThenElse(hn::Eq(x, inf), inf, y);
  return valid_if(d, hn::Ge(x, zero), hn::IfThenElse(hn::Eq(x, zero), hn::Neg(inf), upper));
}

// |x| <= 0.95: odd polynomial; beyond: 1 - exp(-|x| q(|x|)); from 4 on it rounds to 1.
template <F32 D, class V>
HWY_INLINE V erf(D d, V x) {
  const V size = hn::Min(hn::Abs(x), hn::Set(d, 4.0f)), one = hn::Set(d, 1.0f);
  const V z = hn::Mul(size, size);
  const V low = hn::MulAdd(hn::Mul(size, z), polynomial(d, z, erf_tail_f32),
                           hn::Mul(size, hn::Set(d, -0x1.f7ac92p-25f)));
  const V near = hn::MulAdd(size, hn::Set(d, 0x1.20dd76p+0f), low);
  const SinglePower<V> power = single_power(d, hn::Neg(hn::Mul(size, polynomial(d, size, erfc_log_f32))));
  const V factor = power_of_two(d, power.k);
  const V far = hn::Sub(one, hn::MulAdd(factor, power.expm1, factor));
  return unless_nan(d, x, with_sign(hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.95f)), near, far), x));
}

// sin and cos of 2 pi v for |v| < 2^20.
template <F32 D, class V>
HWY_INLINE void sincos_turns(D d, V v, V& sin_out, V& cos_out) {
  const hn::RebindToUnsigned<D> du;
  const V q = round_small(d, hn::Mul(v, hn::Set(d, 4.0f)));
  const V f = hn::NegMulAdd(q, hn::Set(d, 0.25f), v), z = hn::Mul(f, f);
  const V s = hn::Mul(f, polynomial(d, z, sin2pi_f32));
  const V c = hn::MulAdd(z, polynomial(d, z, cos2pi_f32), hn::Set(d, 1.0f));
  const auto bits = integer_bits(d, q);
  const auto odd = hn::RebindMask(d, hn::TestBit(bits, hn::Set(du, 1u)));
  const auto turn = hn::ShiftLeft<30>(bits), next = hn::ShiftLeft<30>(hn::Add(bits, hn::Set(du, 1u)));
  sin_out = hn::Xor(hn::IfThenElse(odd, c, s), hn::And(hn::BitCast(d, turn), hn::SignBit(d)));
  cos_out = hn::Xor(hn::IfThenElse(odd, s, c), hn::And(hn::BitCast(d, next), hn::SignBit(d)));
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
