// SPDX-License-Identifier: Apache-2.0
// Which of many numbers below 2^64 are prime: decided exactly, in batches.
//
//   miller_rabin   below 2^32: Euler's test to base 2, 2^((n-1)/2) = (2/n) mod n, and a table of the composites that pass it, made
//                  and checked by testing every number. Beyond: strong probable prime tests to fixed bases: {2, 7, 61} below
//                  4,759,123,141, the first 5 or 6 primes below
//                  2,152,302,898,747 or 3,474,749,660,383 (G. Jaeschke, Math. Comp. 61, 915-926, 1993), and 2, 325, 9375, 28178,
//                  450775, 9780504, 1795265022 below 2^64 (found by J. Sinclair, 2011)
//   bpsw           one test to base 2 and one strong Lucas test with Selfridge's parameters (R. Baillie and S. Wagstaff,
//                  Math. Comp. 35, 1391-1417, 1980); no composite below 2^64 passes both (J. Feitsma and W. Galway, 2013)
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace shoal::kernels {

enum class PrimalityMethod : std::int8_t { miller_rabin, bpsw };

// is_prime[i] = 1 if numbers[i] is prime, else 0. The spans have the same length. Numbers below 2^49 are tested in lanes
// of doubles (AVX2 or AVX-512), larger ones with 52-bit integer multiply-adds where the CPU has them (AVX-512 IFMA), else one
// by one with 64-bit Montgomery products. All give the same answers.
void test_primes(std::span<const std::uint64_t> numbers, PrimalityMethod method, std::span<std::uint8_t> is_prime);

// The same answers, one number at a time with 128-bit remainders.
void test_primes_reference(std::span<const std::uint64_t> numbers, PrimalityMethod method,
                           std::span<std::uint8_t> is_prime);

// One number.
bool is_prime(std::uint64_t n);

// Does odd n > 2 pass the strong probable prime test to `base`: with n - 1 = d 2^s, base^d = 1 or base^(d 2^i) = -1 mod n for
// some 0 <= i < s? True also where n divides the base.
bool is_strong_probable_prime(std::uint64_t n, std::uint64_t base);

// Does odd n > 2 pass the strong Lucas test with D the first of 5, -7, 9, -11, ... of Jacobi symbol (D/n) = -1, P = 1 and
// Q = (1 - D)/4? False for squares.
bool is_strong_lucas_probable_prime(std::uint64_t n);

// "AVX3 + IFMA", "AVX3" or "AVX2": what test_primes uses here.
std::string_view primality_target();

// The smallest prime factor of n >= 2; n itself if it is prime. Trial division by small primes, then Pollard's rho in R. Brent's
// form (BIT 20, 176-184, 1980), fixed constants: about n^(1/4) products.
std::uint64_t smallest_factor(std::uint64_t n);

// The smallest prime factor of n >= 2 by trial division with 2, 3 and the numbers 6k - 1, 6k + 1 up to sqrt(n): the way everyone
// begins. Stops and returns 0 if `stop` becomes true, which is looked at every 2^20 divisions.
template <class Stop>
std::uint64_t smallest_factor_naive(std::uint64_t n, const Stop& stop) {
  if (n % 2 == 0) return 2;
  if (n % 3 == 0) return 3;
  std::uint64_t divisions = 0;
  for (std::uint64_t d = 5; d <= n / d; d += 6) {
    if (n % d == 0) return d;
    if (n % (d + 2) == 0) return d + 2;
    if ((++divisions & 0xfffff) == 0 && stop()) return 0;
  }
  return n;
}

}  // namespace shoal::kernels
