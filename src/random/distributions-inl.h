// SPDX-License-Identifier: Apache-2.0
// From random bits to distributions: templates shared by the blocks and by the functions of one value.
#if defined(SHOAL_RANDOM_DISTRIBUTIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_RANDOM_DISTRIBUTIONS_INL_H_
#undef SHOAL_RANDOM_DISTRIBUTIONS_INL_H_
#else
#define SHOAL_RANDOM_DISTRIBUTIONS_INL_H_
#endif

#include <cstdint>

#include "math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::random::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace elementary = shoal::math::HWY_NAMESPACE;

// A number in [1, 2) with the upper 52 bits as its fraction.
template <class DU, class VU>
HWY_INLINE auto one_to_two(DU du, VU bits) {
  const hn::RebindToFloat<DU> d;
  const auto exponent = hn::Set(du, std::uint64_t{0x3ff0000000000000});
  return hn::BitCast(d, hn::Or(hn::ShiftRight<12>(bits), exponent));
}

template <class DU, class VU>
HWY_INLINE auto uniform_of(DU du, VU bits) {
  return hn::Sub(one_to_two(du, bits), hn::Set(hn::RebindToFloat<DU>(), 1.0));
}

template <class DU, class VU>
HWY_INLINE auto uniform_positive_of(DU du, VU bits) {
  return hn::Sub(hn::Set(hn::RebindToFloat<DU>(), 2.0), one_to_two(du, bits));
}

// -log(u) of u = uniform_positive_of(bits), to a relative error of 3e-12: far less than any number of draws could show, and a
// third of the time of the exact logarithm. With u = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2): -(e log 2 + f p(f)), p the
// polynomial of degree 13 that interpolates log(1 + f) / f at Chebyshev's points, by Horner's rule with fused multiply-adds.
template <class DU, class VU>
HWY_INLINE auto exponential_of(DU du, VU bits) {
  constexpr double coefficients[] = {
      0x1.fffffffffbcb0p-1, -0x1.fffffffecae59p-2, 0x1.5555556e75120p-2, -0x1.0000015fdf390p-2,
      0x1.999982ba66962p-3, -0x1.555468681e9b4p-3, 0x1.2495b3ff17576p-3, -0x1.0022d10053211p-3,
      0x1.c6c74537edb73p-4, -0x1.94a481a90569fp-4, 0x1.72df5f43a0b36p-4, -0x1.7eaf366ddb3dfp-4,
      0x1.7450fbf77bc18p-4, -0x1.827a940e44864p-5};
  const hn::RebindToFloat<DU> d;
  const auto u = hn::BitCast(du, uniform_positive_of(du, bits));
  constexpr std::uint64_t one = 0x3ff0000000000000, root = 0x3fe6a09e667f3bcd;  // 1 and sqrt(1/2)
  const auto k = hn::ShiftRight<52>(hn::Add(u, hn::Set(du, one - root)));       // e + 1023
  const auto e = hn::Sub(hn::BitCast(d, hn::Or(k, hn::Set(du, std::uint64_t{0x4330000000000000}))), hn::Set(d, 0x1p52 + 1023));
  const auto m = hn::BitCast(d, hn::Add(hn::Sub(u, hn::ShiftLeft<52>(k)), hn::Set(du, one)));
  const auto f = hn::Sub(m, hn::Set(d, 1.0));
  constexpr int last = sizeof coefficients / sizeof *coefficients - 1;
  auto p = hn::Set(d, coefficients[last]);
  for (int i = last - 1; i >= 0; --i) p = hn::MulAdd(p, f, hn::Set(d, coefficients[i]));
  return hn::NegMulAdd(e, hn::Set(d, 0x1.62e42fefa39efp-1), hn::Neg(hn::Mul(f, p)));
}

// The lower half of a lane as a number, 0 to 2^32 - 1: 2^52 + w is a double whose last bits are w.
template <class DU, class VU>
HWY_INLINE auto number_of_word(DU du, VU words) {
  const hn::RebindToFloat<DU> d;
  const auto word = hn::And(words, hn::Set(du, std::uint64_t{0xffffffff}));
  return hn::Sub(hn::BitCast(d, hn::Or(word, hn::Set(du, std::uint64_t{0x4330000000000000}))),
                 hn::Set(d, 0x1p52));
}

// f32: the upper 24 bits of a word.
template <class DU, class VU>
HWY_INLINE auto uniform_f32_of(DU, VU words) {
  const hn::RebindToFloat<DU> d;
  const hn::RebindToSigned<DU> di;
  const auto integer = hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(words)));
  return hn::Mul(integer, hn::Set(d, 0x1p-24f));
}

// (w + 1) 2^-32, rounded to f32 from its exact parts of 16 bits: in [2^-32, 1].
template <class DU, class VU>
HWY_INLINE auto uniform_f32_positive_of(DU du, VU words) {
  const hn::RebindToFloat<DU> d;
  const hn::RebindToSigned<DU> di;
  const auto high = hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<16>(words)));
  const auto low = hn::ConvertTo(d, hn::BitCast(di, hn::And(words, hn::Set(du, 0xffffu))));
  const auto low_plus_one = hn::Mul(hn::Add(low, hn::Set(d, 1.0f)), hn::Set(d, 0x1p-32f));
  return hn::MulAdd(high, hn::Set(d, 0x1p-16f), low_plus_one);
}

// Box and Muller: u in (0, 1], v in [0, 1).
template <class D, class V>
HWY_INLINE void box_muller(D d, V u, V v, V& first, V& second) {
  const V radius = hn::Sqrt(hn::Mul(hn::Set(d, hn::TFromD<D>(-2)), elementary::log(d, u)));
  V s, c;
  elementary::sincos_turns(d, v, s, c);
  first = hn::Mul(radius, c);
  second = hn::Mul(radius, s);
}

}  // namespace shoal::random::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
