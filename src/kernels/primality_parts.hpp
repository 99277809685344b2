// SPDX-License-Identifier: Apache-2.0
// The stages of test_primes: what each kernel gets and gives. Arrays are padded: kernels read whole vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace shoal::kernels {

inline constexpr std::size_t kPrimalityBlock = 4096;    // numbers at a time: their arrays stay in the second cache
inline constexpr std::size_t kPrimalityPadding = 64;    // numbers behind each array; a multiple of every group of lanes
inline constexpr std::uint64_t kSmallLimit = std::uint64_t{1} << 49;  // below: lanes of doubles
inline constexpr std::uint64_t kTiny = 64;              // below: looked up

// Odd primes for which numbers are tested for divisibility first.
inline constexpr int kSievingPrimes[] = {3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61};

// Of these the first so many for numbers below 2^32; the table of exceptions leaves out the multiples of all of them.
inline constexpr int kSieving32 = 11;
static_assert(kSievingPrimes[kSieving32 - 1] >= 37);

// Those bases of Miller and Rabin beyond 2 that decide every number below `limit` (exclusive; 0: 2^64).
struct BaseSet {
  std::uint64_t limit;
  int count;
  std::uint32_t bases[6];
};
inline constexpr BaseSet kBaseSets[] = {{4759123141, 2, {7, 61}},
                                        {2152302898747, 4, {3, 5, 7, 11}},
                                        {3474749660383, 5, {3, 5, 7, 11, 13}},
                                        {0, 6, {325, 9375, 28178, 450775, 9780504, 1795265022}}};

inline const BaseSet& bases_for(std::uint64_t n) {
  const BaseSet* set = kBaseSets;
  while (set->limit != 0 && n >= set->limit) ++set;
  return *set;
}

// Copies the odd numbers >= kTiny without a factor among the first n_primes of kSievingPrimes to `values`, with their
// positions; returns how many. `count` is rounded up to whole vectors when reading.
std::size_t sieve_candidates(const std::uint64_t* numbers, std::size_t count, int n_primes, std::uint64_t* values,
                             std::uint64_t* positions);

// The same for numbers below 2^32, with the first kSieving32 primes.
std::size_t sieve_candidates_32(const std::uint64_t* numbers, std::size_t count, std::uint32_t* values, std::uint32_t* positions);

// passed[i] = 1 if values[i] passes Euler's test to base 2: 2^((n-1)/2) = (2/n) mod n. Odd values in [kTiny, most]. Padded as
// those below.
void euler_tests_32(const std::uint32_t* values, std::size_t count, std::uint32_t most, std::uint8_t* passed);

// Is n a composite that passes Euler's test to base 2? n < 2^32 without a prime factor up to 37.
bool is_euler_exception(std::uint32_t n);

// All of those, rising.
std::span<const std::uint32_t> euler_exceptions();

// A look that rules out most other numbers: one bit for each of 2^16 values of a multiplicative hash. 8 KiB.
struct EulerFilter {
  std::uint64_t words[1024];
  static std::uint32_t bit_of(std::uint32_t n) { return n * 2654435769u >> 16; }  // 2^32 / golden ratio
  bool may_have(std::uint32_t n) const { return (words[bit_of(n) / 64] >> bit_of(n) % 64 & 1) != 0; }
};
const EulerFilter& euler_filter();

// passed[i] = 1 if values[i] is a strong probable prime to the base. Odd values in [kTiny, kSmallLimit), bases below all values
// and below 2^31. Values up to the next multiple of kPrimalityPadding are read and must be such too.
void strong_tests_small(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed);

// The same for odd values in [2^31, 2^64). The first only where has_ifma().
void strong_tests_ifma(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed);
void strong_tests_scalar(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed);

bool has_ifma();

}  // namespace shoal::kernels
