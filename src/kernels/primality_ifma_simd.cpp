// SPDX-License-Identifier: Apache-2.0
// Strong probable prime tests for 2^31 <= n < 2^64 with 52-bit integer multiply-adds, 8 numbers in the lanes.
//
// Numbers are two limbs of 52 bits; products modulo n are Montgomery's with R = 2^104, reduced limb by limb. For x, y < 2 n:
// (x y + m n) / R < n + 4 n^2 / R < n + 2^26, so that results stay below 2 n without a final subtraction.
#include "kernels/primality_parts.hpp"

#include <hwy/highway.h>
#include <hwy/targets.h>

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>

#include "kernels/montgomery.hpp"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512ifma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512ifma")
#endif

namespace shoal::kernels {
namespace {

constexpr int kLanes = 8;
constexpr int kGroup = 4;  // vectors side by side: a product has a latency of about 40 clocks
constexpr std::uint64_t kMask = (std::uint64_t{1} << 52) - 1;

struct Limbs {
  __m512i low, high;
};

struct Modulus {
  Limbs n;
  __m512i inverse;  // -1/n mod 2^52
};

inline __m512i mask52() { return _mm512_set1_epi64(static_cast<long long>(kMask)); }
inline __m512i low52(__m512i x) { return _mm512_and_si512(x, mask52()); }
inline __m512i one_where(__mmask8 mask) { return _mm512_maskz_set1_epi64(mask, 1); }

// (t0 + t1 2^52 + t2 2^104) / 2^104 modulo n. t0 < 2^52, t1 and t2 < 2^62.
inline Limbs reduce(__m512i t0, __m512i t1, __m512i t2, const Modulus& m) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i q0 = _mm512_madd52lo_epu64(zero, t0, m.inverse);
  // The low limb becomes 2^52 unless it was 0.
  t1 = _mm512_add_epi64(t1, one_where(_mm512_test_epi64_mask(t0, t0)));
  t1 = _mm512_madd52hi_epu64(t1, q0, m.n.low);
  t1 = _mm512_madd52lo_epu64(t1, q0, m.n.high);
  t2 = _mm512_madd52hi_epu64(t2, q0, m.n.high);
  const __m512i q1 = _mm512_madd52lo_epu64(zero, t1, m.inverse);
  t2 = _mm512_add_epi64(t2, _mm512_srli_epi64(t1, 52));
  t2 = _mm512_add_epi64(t2, one_where(_mm512_test_epi64_mask(t1, mask52())));
  t2 = _mm512_madd52hi_epu64(t2, q1, m.n.low);
  t2 = _mm512_madd52lo_epu64(t2, q1, m.n.high);
  const __m512i t3 = _mm512_madd52hi_epu64(_mm512_srli_epi64(t2, 52), q1, m.n.high);
  return {low52(t2), t3};
}

// High limbs have at most 13 bits, so that their product has no high half.
inline Limbs square(const Limbs& a, const Modulus& m) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i twice = _mm512_add_epi64(a.high, a.high);
  const __m512i t0 = _mm512_madd52lo_epu64(zero, a.low, a.low);
  const __m512i t1 = _mm512_madd52lo_epu64(_mm512_madd52hi_epu64(zero, a.low, a.low), a.low, twice);
  const __m512i t2 = _mm512_madd52lo_epu64(_mm512_madd52hi_epu64(zero, a.low, twice), a.high, a.high);
  return reduce(t0, t1, t2, m);
}

// a (a c) for c < 2^31 where the mask says so, else a a: below n + 4 n^2 c / R < n + n / 64.
inline Limbs square_times(const Limbs& a, __mmask8 mask, __m512i c, const Modulus& m) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i carry = _mm512_madd52hi_epu64(zero, a.low, c);
  const __m512i b_low = _mm512_mask_blend_epi64(mask, a.low, _mm512_madd52lo_epu64(zero, a.low, c));
  const __m512i b_high = _mm512_mask_blend_epi64(mask, a.high, _mm512_madd52lo_epu64(carry, a.high, c));  // below 2^45
  const __m512i t0 = _mm512_madd52lo_epu64(zero, a.low, b_low);
  __m512i t1 = _mm512_madd52hi_epu64(zero, a.low, b_low);
  t1 = _mm512_madd52lo_epu64(_mm512_madd52lo_epu64(t1, a.low, b_high), a.high, b_low);
  __m512i t2 = _mm512_madd52hi_epu64(zero, a.low, b_high);
  t2 = _mm512_madd52lo_epu64(_mm512_madd52hi_epu64(t2, a.high, b_low), a.high, b_high);
  const Limbs r = reduce(t0, t1, t2, m);
  return {r.low, _mm512_madd52hi_epu64(r.high, a.high, b_high)};
}

// 2 a where the mask says so: below 4 n, whose square still is reduced to below 2 n.
inline Limbs double_where(const Limbs& a, __mmask8 mask) {
  const __m512i low = _mm512_mask_add_epi64(a.low, mask, a.low, a.low);
  const __m512i high = _mm512_mask_add_epi64(a.high, mask, a.high, a.high);
  return {low52(low), _mm512_add_epi64(high, _mm512_srli_epi64(low, 52))};
}

// a < 2 n to [0, n).
inline Limbs canonical(const Limbs& a, const Modulus& m) {
  const __m512i low = _mm512_sub_epi64(a.low, m.n.low);
  const __m512i high = _mm512_add_epi64(_mm512_sub_epi64(a.high, m.n.high), _mm512_srai_epi64(low, 63));
  const __mmask8 below = _mm512_cmplt_epi64_mask(high, _mm512_setzero_si512());
  return {_mm512_mask_blend_epi64(below, low52(low), a.low), _mm512_mask_blend_epi64(below, high, a.high)};
}

inline __mmask8 equal(const Limbs& a, const Limbs& b) {
  return static_cast<__mmask8>(_mm512_cmpeq_epi64_mask(a.low, b.low) & _mm512_cmpeq_epi64_mask(a.high, b.high));
}

inline Limbs load(const std::uint64_t* values) {
  const __m512i v = _mm512_loadu_si512(values);
  return {low52(v), _mm512_srli_epi64(v, 52)};
}

// 2^104 mod n of each number by plain divisions.
struct Residues {
  alignas(64) std::uint64_t one[kLanes];
  alignas(64) std::uint64_t minus_one[kLanes];
  alignas(64) std::uint64_t inverse[kLanes];
};

inline void fill(const std::uint64_t* values, Residues& residues) {
  for (int i = 0; i < kLanes; ++i) {
    const std::uint64_t n = values[i];
    const std::uint64_t two_to_64 = (0 - n) % n;
    residues.one[i] = static_cast<std::uint64_t>((static_cast<Wide>(two_to_64) << 40) % n);
    residues.minus_one[i] = n - residues.one[i];
    residues.inverse[i] = (0 - Montgomery::inverse_of(n)) & kMask;
  }
}

// As strong_group() of primality_simd.cpp: powers base^((n-1) >> j), one bit of n - 1 a step.
template <bool Base2>
void strong_group(const std::uint64_t* values, std::uint32_t base, std::uint8_t* passed) {
  Modulus m[kGroup];
  Limbs r[kGroup], one[kGroup], minus_one[kGroup];
  const __m512i factor = _mm512_set1_epi64(base);
  __m512i bits[kGroup], left[kGroup];
  std::uint64_t all = 0;
  int zeros = 0;
  for (int i = 0; i < kGroup * kLanes; ++i) {
    all |= values[i];
    const int z = std::countr_zero(values[i] - 1);
    zeros = z > zeros ? z : zeros;
  }
  const int top = 64 - std::countl_zero(all);
  for (int g = 0; g < kGroup; ++g) {
    Residues residues;
    fill(values + g * kLanes, residues);
    m[g] = {load(values + g * kLanes), _mm512_load_si512(residues.inverse)};
    one[g] = r[g] = load(residues.one);
    minus_one[g] = load(residues.minus_one);
    left[g] = _mm512_sub_epi64(_mm512_loadu_si512(values + g * kLanes), _mm512_set1_epi64(1));
    bits[g] = _mm512_sll_epi64(left[g], _mm_cvtsi32_si128(64 - top));
  }
  const auto step = [&](int g) {
    const __mmask8 bit = _mm512_cmplt_epi64_mask(bits[g], _mm512_setzero_si512());
    bits[g] = _mm512_add_epi64(bits[g], bits[g]);
    r[g] = Base2 ? double_where(square(r[g], m[g]), bit) : square_times(r[g], bit, factor, m[g]);
  };
  for (int j = top - 1; j > zeros; --j) {
    for (int g = 0; g < kGroup; ++g) step(g);
  }
  __mmask8 good[kGroup] = {};
  for (int j = zeros; j > 0; --j) {
    const __m512i below = _mm512_set1_epi64((1LL << j) - 1), at = _mm512_set1_epi64(1LL << j);
    for (int g = 0; g < kGroup; ++g) {
      step(g);
      const Limbs power = canonical(canonical(r[g], m[g]), m[g]);
      const __mmask8 reached = _mm512_testn_epi64_mask(left[g], below);                                   // s >= j
      const auto first = static_cast<__mmask8>(reached & _mm512_test_epi64_mask(left[g], at));         // s = j
      good[g] = static_cast<__mmask8>(good[g] | (reached & equal(power, minus_one[g])) | (first & equal(power, one[g])));
    }
  }
  for (int i = 0; i < kGroup * kLanes; ++i) passed[i] = static_cast<std::uint8_t>((good[i / kLanes] >> (i % kLanes)) & 1);
}

}  // namespace

void strong_tests_ifma(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed) {
  for (std::size_t i = 0; i < count; i += kGroup * kLanes) {
    if (base == 2) {
      strong_group<true>(values + i, base, passed + i);
    } else {
      strong_group<false>(values + i, base, passed + i);
    }
  }
}

}  // namespace shoal::kernels

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
namespace shoal::kernels {
void strong_tests_ifma(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed) {
  strong_tests_scalar(values, count, base, passed);
}
}  // namespace shoal::kernels
#endif

namespace shoal::kernels {

bool has_ifma() {
#if defined(__x86_64__)
  static const bool in_cpu = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
  return in_cpu && (hwy::SupportedTargets() & HWY_AVX3) != 0;  // which tests may switch off
#else
  return false;
#endif
}

}  // namespace shoal::kernels
