// SPDX-License-Identifier: Apache-2.0
// What all functions of this module stand on: polynomials, pairs of numbers ("double-double"), powers of two.
//
// A Pair is an unevaluated sum hi + lo with |lo| <= ulp(hi)/2 (about 106 bits); the operations are Dekker's
// (Numer. Math. 18, 1971) with fma for exact products. Only + - * / sqrt fma and integer operations are used,
// all of which give the same bits on every target, so a function of vectors gives the same bits in every lane
// of every target.
#if defined(SHOAL_MATH_BASE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_BASE_INL_H_
#undef SHOAL_MATH_BASE_INL_H_
#else
#define SHOAL_MATH_BASE_INL_H_
#endif

#include <hwy/highway.h>

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "math/coefficients.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
concept F64 = std::same_as < hn::TFromD<D>,
double > ;
template <class D>
concept F32 = std::same_as < hn::TFromD<D>,
float > ;

template <class V>
struct Pair {
  V hi, lo;
};

// c[Begin] + c[Begin + Step] x + ... by Horner's rule.
template <std::size_t Begin, std::size_t Step, class D, class V, typename T, std::size_t N>
HWY_INLINE V horner(D d, V x, const T (&c)[N]) {
  if constexpr (Begin + Step >= N) {
    return hn::Set(d, c[Begin]);
  } else {
    return hn::MulAdd(horner<Begin + Step, Step>(d, x, c), x, hn::Set(d, c[Begin]));
  }
}

// c[0] + c[1] x + ...: even and odd powers apart, which halves the chain of dependent operations.
template <class D, class V, typename T, std::size_t N>
HWY_INLINE V polynomial(D d, V x, const T (&c)[N]) {
  const V square = hn::Mul(x, x);
  return hn::MulAdd(horner<1, 2>(d, square, c), x, horner<0, 2>(d, square, c));
}

// --- pairs ---

// a + b exactly (Knuth).
template <class V>
HWY_INLINE Pair<V> two_sum(V a, V b) {
  const V sum = hn::Add(a, b);
  const V part = hn::Sub(sum, a);
  return {sum, hn::Add(hn::Sub(a, hn::Sub(sum, part)), hn::Sub(b, part))};
}

// a + b exactly if |a| >= |b| or a = 0 (Dekker).
template <class V>
HWY_INLINE Pair<V> fast_two_sum(V a, V b) {
  const V sum = hn::Add(a, b);
  return {sum, hn::Sub(b, hn::Sub(sum, a))};
}

// a * b exactly, barring underflow.
template <class V>
HWY_INLINE Pair<V> two_product(V a, V b) {
  const V product = hn::Mul(a, b);
  return {product, hn::MulSub(a, b, product)};
}

template <class V>
HWY_INLINE Pair<V> add(Pair<V> a, Pair<V> b) {
  const Pair<V> sum = two_sum(a.hi, b.hi);
  return fast_two_sum(sum.hi, hn::Add(sum.lo, hn::Add(a.lo, b.lo)));
}

template <class V>
HWY_INLINE Pair<V> add(Pair<V> a, V b) {
  const Pair<V> sum = two_sum(a.hi, b);
  return fast_two_sum(sum.hi, hn::Add(sum.lo, a.lo));
}

template <class V>
HWY_INLINE Pair<V> negate(Pair<V> a) {
  return {hn::Neg(a.hi), hn::Neg(a.lo)};
}

template <class V>
HWY_INLINE Pair<V> multiply(Pair<V> a, Pair<V> b) {
  const Pair<V> product = two_product(a.hi, b.hi);
  return fast_two_sum(product.hi, hn::MulAdd(a.hi, b.lo, hn::MulAdd(a.lo, b.hi, product.lo)));
}

template <class V>
HWY_INLINE Pair<V> multiply(Pair<V> a, V b) {
  const Pair<V> product = two_product(a.hi, b);
  return fast_two_sum(product.hi, hn::MulAdd(a.lo, b, product.lo));
}

// a / b with one division.
template <class D, class V>
HWY_INLINE Pair<V> divide(D d, Pair<V> a, Pair<V> b) {
  const V inverse = hn::Div(hn::Set(d, 1), b.hi);
  const V quotient = hn::Mul(a.hi, inverse);
  const V rest = hn::Add(hn::NegMulAdd(quotient, b.hi, a.hi), hn::NegMulAdd(quotient, b.lo, a.lo));
  return fast_two_sum(quotient, hn::Mul(rest, inverse));
}

// sqrt(a) for a > 0; for a = 0 both parts are 0.
template <class D, class V>
HWY_INLINE Pair<V> square_root(D d, Pair<V> a) {
  const V root = hn::Sqrt(a.hi);
  const V rest = hn::Add(hn::NegMulAdd(root, root, a.hi), a.lo);
  const V correction = hn::Div(rest, hn::Add(root, root));
  return {root, hn::IfThenZeroElse(hn::Eq(root, hn::Zero(d)), correction)};
}

template <class M, class V>
HWY_INLINE Pair<V> select(M mask, Pair<V> yes, Pair<V> no) {
  return {hn::IfThenElse(mask, yes.hi, no.hi), hn::IfThenElse(mask, yes.lo, no.lo)};
}

template <class D>
HWY_INLINE Pair<hn::Vec<D>> pair(D d, hn::TFromD<D> hi, hn::TFromD<D> lo = 0) {
  return {hn::Set(d, hi), hn::Set(d, lo)};
}

// --- integers inside floating-point numbers ---

// Adding this number rounds to an integer (to nearest, ties to even), whose two's complement are then the
// lowest bits.
template <typename T>
inline constexpr T magic = sizeof(T) == 8 ? static_cast<T>(0x1.8p52) : static_cast<T>(0x1.8p23);

// The nearest integer of |x| < 2^51 (f32: 2^22).
template <class D, class V>
HWY_INLINE V round_small(D d, V x) {
  const V shift = hn::Set(d, magic<hn::TFromD<D>>);
  return hn::Sub(hn::Add(x, shift), shift);
}

// The lowest bits of the integer k, |k| < 2^51 (f32: 2^22), as an integer vector.
template <class D, class V>
HWY_INLINE auto integer_bits(D d, V k) {
  return hn::BitCast(hn::RebindToUnsigned<D>(), hn::Add(k, hn::Set(d, magic<hn::TFromD<D>>)));
}

// 2^k for integers -1022 <= k <= 1023 (f32: -126 to 127).
template <class D, class V>
HWY_INLINE V power_of_two(D d, V k) {
  if constexpr (F64<D>) {
    return hn::BitCast(d, hn::ShiftLeft<52>(integer_bits(d, hn::Add(k, hn::Set(d, 1023.0)))));
  } else {
    return hn::BitCast(d, hn::ShiftLeft<23>(integer_bits(d, hn::Add(k, hn::Set(d, 127.0f)))));
  }
}

// x 2^k for any integer |k| <= 2040 (f32: 250), rounded once if x 2^(k/2) is normal.
template <class D, class V>
HWY_INLINE V scale(D d, V x, V k) {
  const V half = round_small(d, hn::Mul(k, hn::Set(d, hn::TFromD<D>(0.5))));
  return hn::Mul(hn::Mul(x, power_of_two(d, half)), power_of_two(d, hn::Sub(k, half)));
}

// --- special values ---

template <class D>
HWY_INLINE hn::Vec<D> nan(D d) {
  if constexpr (F64<D>) {
    return hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), std::uint64_t{0x7ff8000000000000}));
  } else {
    return hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), std::uint32_t{0x7fc00000}));
  }
}

template <class D>
HWY_INLINE hn::Vec<D> infinity(D d) {
  if constexpr (F64<D>) {
    return hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), std::uint64_t{0x7ff0000000000000}));
  } else {
    return hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), std::uint32_t{0x7f800000}));
  }
}

// y where the condition holds, else the one NaN that all functions return.
template <class D, class M, class V>
HWY_INLINE V valid_if(D d, M condition, V y) {
  return hn::IfThenElse(condition, y, nan(d));
}

// y, or NaN where x is NaN.
template <class D, class V>
HWY_INLINE V unless_nan(D d, V x, V y) {
  return valid_if(d, hn::Eq(x, x), y);
}

// |x| with the sign of `from`.
template <class V>
HWY_INLINE V with_sign(V x, V from) {
  return hn::CopySign(x, from);
}

// x confined to [lowest, highest]; NaN becomes some number inside.
template <class D, class V>
HWY_INLINE V clamp(D d, V x, hn::TFromD<D> lowest, hn::TFromD<D> highest) {
  const V low = hn::Set(d, lowest), high = hn::Set(d, highest);
  const V above = hn::IfThenElse(hn::Gt(x, low), x, low);
  return hn::IfThenElse(hn::Lt(above, high), above, high);
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
