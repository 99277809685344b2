// SPDX-License-Identifier: Apache-2.0
// Strong probable prime tests in lanes of doubles, for n < 2^49, and the sieve before them.
//
// A product modulo n: h = a b rounded, l = a b - h exactly (one fused multiply-add), q = round(h / n), r = (h - q n) + l. For
// |a| < 0.63 n and |b| < 0.63 n c with c n < 2^50 every step after the rounding of h and q is exact: h - q n and r are integers
// below 2^52, and |r| < 0.63 n again, since q is at most 0.5 + 2^-52 |a b / n| < 0.6 from a b / n.
#include <bit>
#include <iterator>

#include "kernels/primality_parts.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/primality_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using U = hn::RebindToUnsigned<D>;
using VD = hn::Vec<D>;
using VU = hn::Vec<U>;

// What the sieve needs of each prime p: 2^32 mod p, 1/p and p.
struct Divisors {
  double power[std::size(kSievingPrimes)], inverse[std::size(kSievingPrimes)], prime[std::size(kSievingPrimes)];
};
constexpr Divisors kDivisors = [] {
  Divisors d{};
  for (std::size_t k = 0; k < std::size(kSievingPrimes); ++k) {
    const auto p = static_cast<std::uint64_t>(kSievingPrimes[k]);
    d.power[k] = static_cast<double>((std::uint64_t{1} << 32) % p);
    d.prime[k] = static_cast<double>(p);
    d.inverse[k] = 1.0 / d.prime[k];
  }
  return d;
}();

constexpr double kRound = 6755399441055744.0;       // 1.5 * 2^52: adding it rounds to an integer
constexpr double kTwoTo52 = 4503599627370496.0;
constexpr std::uint64_t kTwoTo52Bits = 0x4330000000000000;

// Integers below 2^52 as doubles.
HWY_INLINE VD to_double(VU x) {
  return hn::Sub(hn::BitCast(D(), hn::Or(x, hn::Set(U(), kTwoTo52Bits))), hn::Set(D(), kTwoTo52));
}

std::size_t SieveCandidates(const std::uint64_t* numbers, std::size_t count, int n_primes, std::uint64_t* values,
                            std::uint64_t* positions) {
  const D d;
  const U u;
  const auto round = hn::Set(d, kRound);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i += hn::Lanes(u)) {
    const VU n = hn::LoadU(u, numbers + i);
    const VD high = to_double(hn::ShiftRight<32>(n)), low = to_double(hn::And(n, hn::Set(u, 0xffffffffu)));
    auto keep = hn::Ne(hn::And(n, hn::Set(u, 1)), hn::Zero(u));
    keep = hn::And(keep, hn::Ne(hn::ShiftRight<6>(n), hn::Zero(u)));  // n >= kTiny
    for (int k = 0; k < n_primes; ++k) {
      const VD x = hn::MulAdd(high, hn::Set(d, kDivisors.power[k]), low);  // n modulo p, below 2^38: exact
      const VD q = hn::Sub(hn::MulAdd(x, hn::Set(d, kDivisors.inverse[k]), round), round);
      const VD r = hn::NegMulAdd(q, hn::Set(d, kDivisors.prime[k]), x);
      keep = hn::And(keep, hn::RebindMask(u, hn::Ne(r, hn::Zero(d))));
    }
    hn::CompressStore(n, keep, u, values + kept);
    kept += hn::CompressStore(hn::Iota(u, i), keep, u, positions + kept);
  }
  return kept;
}

// a b mod n, balanced.
HWY_INLINE VD multiply(VD a, VD b, VD n, VD inverse, VD round) {
  const VD h = hn::Mul(a, b);
  const VD l = hn::MulSub(a, b, h);
  const VD q = hn::Sub(hn::MulAdd(h, inverse, round), round);
  return hn::Add(hn::NegMulAdd(q, n, h), l);
}

// Numbers tested together: enough for several products in flight.
constexpr int kGroup = 6;

struct Shape {
  int top;     // bits of the largest exponent of the group
  int zeros;   // trailing zeros of n - 1, the most of the group
};

HWY_INLINE Shape shape_of(const std::uint64_t* values, std::size_t count) {
  std::uint64_t all = 0;
  int zeros = 0;
  for (std::size_t i = 0; i < count; ++i) {
    all |= values[i];
    const int z = std::countr_zero(values[i] - 1);
    zeros = z > zeros ? z : zeros;
  }
  return {64 - std::countl_zero(all), zeros};
}

// Powers base^((n-1) >> j) for falling j, one bit of n - 1 a step. At j = s it is base^d, and below base^(d 2^(s-j)).
// Folded: base n < 2^50 for all n, so that one product does for squaring and multiplying by the base.
template <bool Folded>
void strong_group(const std::uint64_t* values, const Shape& shape, std::uint32_t base, std::uint8_t* passed) {
  const D d;
  const U u;
  constexpr std::size_t kLanes = hn::MaxLanes(d);
  const VD round = hn::Set(d, kRound), one = hn::Set(d, 1.0), minus_one = hn::Set(d, -1.0);
  const VD factor = hn::Set(d, static_cast<double>(base));
  VD n[kGroup], inverse[kGroup], r[kGroup];
  VU bits[kGroup];
  for (int g = 0; g < kGroup; ++g) {
    const VU number = hn::LoadU(u, values + static_cast<std::size_t>(g) * kLanes);
    n[g] = to_double(number);
    inverse[g] = hn::Div(one, n[g]);
    bits[g] = hn::ShiftLeftSame(hn::Sub(number, hn::Set(u, 1)), 64 - shape.top);  // the next bit is the sign
    r[g] = one;
  }
  const auto step = [&](int g) HWY_ATTR {
    const VD signs = hn::BitCast(d, bits[g]);
    if constexpr (Folded) {
      r[g] = multiply(r[g], hn::IfNegativeThenElse(signs, hn::Mul(r[g], factor), r[g]), n[g], inverse[g], round);
    } else {
      r[g] = multiply(r[g], r[g], n[g], inverse[g], round);
      r[g] = multiply(r[g], hn::IfNegativeThenElse(signs, factor, one), n[g], inverse[g], round);
    }
    bits[g] = hn::Add(bits[g], bits[g]);
  };
  for (int j = shape.top - 1; j > shape.zeros; --j) {
    for (int g = 0; g < kGroup; ++g) step(g);
  }
  hn::Mask<D> good[kGroup];
  VU left[kGroup];  // lanes with s = j have their lowest one bit at j
  for (int g = 0; g < kGroup; ++g) {
    good[g] = hn::Lt(one, hn::Zero(d));
    left[g] = hn::Sub(hn::LoadU(u, values + static_cast<std::size_t>(g) * kLanes), hn::Set(u, 1));
  }
  for (int j = shape.zeros; j > 0; --j) {
    const VU below = hn::Set(u, (std::uint64_t{1} << j) - 1), at = hn::Set(u, std::uint64_t{1} << j);
    for (int g = 0; g < kGroup; ++g) {
      step(g);
      const auto reached = hn::RebindMask(d, hn::Eq(hn::And(left[g], below), hn::Zero(u)));  // s >= j
      const auto first = hn::And(reached, hn::RebindMask(d, hn::Eq(hn::And(left[g], at), at)));   // s = j
      good[g] = hn::Or(good[g], hn::And(reached, hn::Eq(r[g], minus_one)));
      good[g] = hn::Or(good[g], hn::And(first, hn::Eq(r[g], one)));
    }
  }
  for (int g = 0; g < kGroup; ++g) {
    alignas(64) std::uint64_t lanes[kLanes];
    hn::Store(hn::VecFromMask(u, hn::RebindMask(u, good[g])), u, lanes);
    for (std::size_t i = 0; i < kLanes; ++i) passed[static_cast<std::size_t>(g) * kLanes + i] = static_cast<std::uint8_t>(lanes[i] & 1);
  }
}

void StrongTestsSmall(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed) {
  constexpr std::size_t kNumbers = kGroup * hn::MaxLanes(D());
  for (std::size_t i = 0; i < count; i += kNumbers) {
    const Shape shape = shape_of(values + i, kNumbers);
    if (shape.top <= 50 && base < std::uint64_t{1} << (50 - shape.top)) {
      strong_group<true>(values + i, shape, base, passed + i);
    } else {
      strong_group<false>(values + i, shape, base, passed + i);
    }
  }
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(SieveCandidates);
HWY_EXPORT(StrongTestsSmall);

std::size_t sieve_candidates(const std::uint64_t* numbers, std::size_t count, int n_primes, std::uint64_t* values,
                             std::uint64_t* positions) {
  return HWY_DYNAMIC_DISPATCH(SieveCandidates)(numbers, count, n_primes, values, positions);
}

void strong_tests_small(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed) {
  HWY_DYNAMIC_DISPATCH(StrongTestsSmall)(values, count, base, passed);
}
}  // namespace shoal::kernels
#endif
