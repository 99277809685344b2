// SPDX-License-Identifier: Apache-2.0
// Numbers below 2^32: a sieve in lanes of 32 bits, then Euler's test to base 2 in lanes of doubles.
//
// The test: n passes if 2^((n-1)/2) = (2/n) mod n. Every odd prime does, and the few composites that do are in a table
// (primality_exceptions.hpp). So one power decides, of which only one value is looked at.
//
// The power is computed from left to right with 4 bits of the exponent at a time: r -> r^16 2^w mod n, where the last squaring is
// multiplied by 2^w exactly, by adding w to the exponents of the doubles. Residues are balanced, |r| < 0.51 n:
//   h = r r rounded, l = r r - h exactly, q = round(2^w h / n), result = (2^w h - q n) + 2^w l
// Below 2^27, h is exact and l = 0. Below 2^32, |2^w l / n| < 2^-6, so that |result| < 0.52 n; 2^w h - q n is an integer below
// 2^33 and computed exactly by one fused multiply-add. Residues are never 0, since n is odd.
#include "kernels/primality_parts.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/primality_32_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using U = hn::RebindToUnsigned<D>;
using Half = hn::Rebind<std::uint32_t, U>;    // as many lanes
using Bytes = hn::Rebind<std::uint8_t, U>;    // as many lanes
using W = hn::Repartition<std::uint32_t, U>;  // vectors of the same size
using VD = hn::Vec<D>;
using VU = hn::Vec<U>;

// n is a multiple of odd p if n / p mod 2^32 is at most (2^32 - 1) / p (T. Granlund and P. Montgomery, PLDI 1994, section 9).
struct Divisor {
  std::uint32_t inverse, limit;
};
struct Divisors {
  Divisor of[kSieving32];
};
constexpr Divisors kDivisors = [] {
  Divisors d{};
  for (int k = 0; k < kSieving32; ++k) {
    const auto p = static_cast<std::uint32_t>(kSievingPrimes[k]);
    std::uint32_t inverse = p;  // right to 3 bits; every step doubles them
    for (int i = 0; i < 4; ++i) inverse *= 2 - p * inverse;
    d.of[k] = {inverse, 0xffffffffu / p};
  }
  return d;
}();

std::size_t SieveCandidates32(const std::uint64_t* numbers, std::size_t count, std::uint32_t* values, std::uint32_t* positions) {
  const U u;
  const W w;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i += hn::Lanes(w)) {
    const auto low = hn::BitCast(w, hn::LoadU(u, numbers + i)), high = hn::BitCast(w, hn::LoadU(u, numbers + i + hn::Lanes(u)));
    const auto n = hn::ConcatEven(w, high, low);  // numbers are below 2^32
    auto keep = hn::And(hn::Ne(hn::And(n, hn::Set(w, 1)), hn::Zero(w)), hn::Ne(hn::ShiftRight<6>(n), hn::Zero(w)));  // n >= kTiny
    for (const Divisor& d : kDivisors.of) keep = hn::And(keep, hn::Gt(hn::Mul(n, hn::Set(w, d.inverse)), hn::Set(w, d.limit)));
    const std::size_t n_kept = hn::CompressStore(n, keep, w, values + kept);
    hn::CompressStore(hn::Iota(w, static_cast<std::uint32_t>(i)), keep, w, positions + kept);
    kept += n_kept;
  }
  return kept;
}

constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
constexpr std::uint64_t kTwoTo52Bits = 0x4330000000000000;
constexpr double kTwoTo52 = 4503599627370496.0;
constexpr int kMantissa = 52;

// Vectors side by side: a squaring has a latency of some 16 clocks.
constexpr int kGroup = 6;

// kBits: of the largest number; kLead: bits of the exponent that the first power of 2 takes, so that a multiple of 4 remains.
template <int kBits, int kLead, bool kExact>
HWY_INLINE void euler_group(const std::uint32_t* values, std::uint8_t* passed) {
  static_assert((kBits - 1 - kLead) % 4 == 0 && kLead <= 6);
  const D d;
  const U u;
  constexpr std::size_t kLanes = hn::MaxLanes(d);
  const VD round = hn::Set(d, kRound), one = hn::Set(d, 1.0);
  const VU window = hn::Set(u, std::uint64_t{15} << kMantissa);
  VD n[kGroup], inverse[kGroup], r[kGroup];
  VU exponent[kGroup];
  for (int g = 0; g < kGroup; ++g) {
    const VU number = hn::PromoteTo(u, hn::LoadU(Half(), values + static_cast<std::size_t>(g) * kLanes));
    n[g] = hn::Sub(hn::BitCast(d, hn::Or(number, hn::Set(u, kTwoTo52Bits))), hn::Set(d, kTwoTo52));
    inverse[g] = hn::Div(one, n[g]);
    exponent[g] = hn::ShiftRight<1>(number);
    const VU lead = hn::ShiftRight<kBits - 1 - kLead>(exponent[g]);
    const VD power = hn::BitCast(d, hn::Add(hn::BitCast(u, one), hn::ShiftLeft<kMantissa>(lead)));  // 2^lead
    const VD q = hn::Sub(hn::MulAdd(power, inverse[g], round), round);
    r[g] = hn::NegMulAdd(q, n[g], power);
  }
  const auto square = [&](int g, VU scale) HWY_ATTR {
    VD h = hn::Mul(r[g], r[g]);
    if constexpr (kExact) {
      h = hn::BitCast(d, hn::Add(hn::BitCast(u, h), scale));
      r[g] = hn::NegMulAdd(hn::Sub(hn::MulAdd(h, inverse[g], round), round), n[g], h);
    } else {
      VD l = hn::MulSub(r[g], r[g], h);
      h = hn::BitCast(d, hn::Add(hn::BitCast(u, h), scale));
      l = hn::BitCast(d, hn::Add(hn::BitCast(u, l), scale));  // 0 becomes something below 2^-1000, which rounding drops
      r[g] = hn::Add(hn::NegMulAdd(hn::Sub(hn::MulAdd(h, inverse[g], round), round), n[g], h), l);
    }
  };
  const VU none = hn::Zero(u);
  for (int left = kBits - 1 - kLead; left > 0; left -= 4) {
    for (int i = 0; i < 3; ++i)
      for (int g = 0; g < kGroup; ++g) square(g, none);
    for (int g = 0; g < kGroup; ++g) square(g, hn::And(hn::ShiftLeftSame(exponent[g], kMantissa + 4 - left), window));
  }
  for (int g = 0; g < kGroup; ++g) {
    // (2/n) is -1 for n = 3, 5 mod 8: where bits 1 and 2 of n differ.
    const VU sign = hn::ShiftLeft<63>(hn::Xor(exponent[g], hn::ShiftRight<1>(exponent[g])));
    const VD symbol = hn::BitCast(d, hn::Or(hn::BitCast(u, one), sign));
    const VU equal = hn::VecFromMask(u, hn::RebindMask(u, hn::Eq(r[g], symbol)));
    hn::StoreU(hn::TruncateTo(Bytes(), hn::ShiftRight<63>(equal)), Bytes(), passed + static_cast<std::size_t>(g) * kLanes);
  }
}

void EulerTests32(const std::uint32_t* values, std::size_t count, std::uint32_t most, std::uint8_t* passed) {
  constexpr std::size_t kNumbers = kGroup * hn::MaxLanes(D());
  for (std::size_t i = 0; i < count; i += kNumbers) {
    if (most < std::uint32_t{1} << 27) euler_group<27, 6, true>(values + i, passed + i);
    else euler_group<32, 3, false>(values + i, passed + i);
  }
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(SieveCandidates32);
HWY_EXPORT(EulerTests32);

std::size_t sieve_candidates_32(const std::uint64_t* numbers, std::size_t count, std::uint32_t* values, std::uint32_t* positions) {
  return HWY_DYNAMIC_DISPATCH(SieveCandidates32)(numbers, count, values, positions);
}

void euler_tests_32(const std::uint32_t* values, std::size_t count, std::uint32_t most, std::uint8_t* passed) {
  HWY_DYNAMIC_DISPATCH(EulerTests32)(values, count, most, passed);
}
}  // namespace shoal::kernels
#endif
