// SPDX-License-Identifier: Apache-2.0
// test_primes, block by block: sieve, then below 2^32 Euler's test to base 2 and its exceptions, else the strong test to base 2 and
// the other tests on the few that are left.
#include "shoal/kernels/primality.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/primality_parts.hpp"
#include "shoal/kernels/simd_targets.hpp"

namespace shoal::kernels {
namespace {

constexpr std::uint64_t kPadding = 65537;  // a prime that every kernel may be given
constexpr std::uint32_t kPadding32 = 65537;

// Primes up to 31 pay for themselves before tests of some 30 products, up to 61 before longer ones.
constexpr int kFewPrimes = 10;
constexpr int kManyPrimes = static_cast<int>(std::size(kSievingPrimes));

constexpr std::uint64_t kTinyPrimes = [] {
  std::uint64_t bits = std::uint64_t{1} << 2;
  for (const int p : kSievingPrimes) bits |= std::uint64_t{1} << p;
  return bits;
}();

constexpr std::size_t kRoom = kPrimalityBlock + kPrimalityPadding;

// Numbers that may be prime, with their places in the block.
struct Candidates {
  std::size_t count = 0;
  alignas(64) std::uint64_t values[kRoom];
  alignas(64) std::uint64_t positions[kRoom];
  alignas(64) std::uint8_t passed[kRoom];

  void pad(std::uint64_t value) { std::fill_n(values + count, kPrimalityPadding, value); }

  void keep_passed() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      values[kept] = values[i];
      positions[kept] = positions[i];
      kept += passed[i];
    }
    count = kept;
  }
};

struct Candidates32 {
  alignas(64) std::uint32_t values[kRoom];
  alignas(64) std::uint32_t positions[kRoom];
  alignas(64) std::uint8_t passed[kRoom];
};

// What the blocks of one call use again and again.
struct Rooms {
  Candidates small, large;
  Candidates32 below_32;
  alignas(64) std::uint64_t padded[kRoom];
};

using StrongTests = void (*)(const std::uint64_t*, std::size_t, std::uint32_t, std::uint8_t*);

void keep_primes(Candidates& candidates, StrongTests strong_tests, std::uint64_t padding, PrimalityMethod method) {
  if (candidates.count == 0) return;
  candidates.pad(padding);
  strong_tests(candidates.values, candidates.count, 2, candidates.passed);
  candidates.keep_passed();
  if (candidates.count == 0) return;
  if (method == PrimalityMethod::bpsw) {
    for (std::size_t i = 0; i < candidates.count; ++i)
      candidates.passed[i] = is_strong_lucas_probable_prime(candidates.values[i]) ? 1 : 0;
    candidates.keep_passed();
    return;
  }
  candidates.pad(padding);
  const BaseSet& set = bases_for(*std::max_element(candidates.values, candidates.values + candidates.count));
  std::uint8_t all[kRoom];
  std::fill_n(all, candidates.count, std::uint8_t{1});
  for (int i = 0; i < set.count; ++i) {
    strong_tests(candidates.values, candidates.count, set.bases[i], candidates.passed);
    for (std::size_t k = 0; k < candidates.count; ++k) all[k] &= candidates.passed[k];
  }
  std::copy_n(all, candidates.count, candidates.passed);
  candidates.keep_passed();
}

void mark(const Candidates& candidates, std::uint8_t* is_prime) {
  for (std::size_t i = 0; i < candidates.count; ++i) is_prime[candidates.positions[i]] = 1;
}

// Moves numbers of kSmallLimit and more to `large`.
void split(Candidates& small, Candidates& large) {
  std::size_t kept = 0;
  large.count = 0;
  for (std::size_t i = 0; i < small.count; ++i) {
    const bool is_large = small.values[i] >= kSmallLimit;
    large.values[large.count] = small.values[kept] = small.values[i];
    large.positions[large.count] = small.positions[kept] = small.positions[i];
    large.count += is_large;
    kept += !is_large;
  }
  small.count = kept;
}

// The general way. `numbers` is padded.
void test_block_64(const std::uint64_t* numbers, std::size_t count, std::uint64_t most, PrimalityMethod method, std::uint8_t* is_prime,
                   Rooms& rooms) {
  Candidates &small = rooms.small, &large = rooms.large;
  small.count = sieve_candidates(numbers, count, most < kSmallLimit ? kFewPrimes : kManyPrimes, small.values, small.positions);
  split(small, large);
  keep_primes(small, strong_tests_small, kPadding, method);
  mark(small, is_prime);
  keep_primes(large, has_ifma() ? strong_tests_ifma : strong_tests_scalar, kSmallLimit + 69, method);
  mark(large, is_prime);
}

void test_block_32(const std::uint64_t* numbers, std::size_t count, std::uint64_t most, std::uint8_t* is_prime, Candidates32& some) {
  const std::size_t n = sieve_candidates_32(numbers, count, some.values, some.positions);
  if (n == 0) return;
  std::fill_n(some.values + n, kPrimalityPadding, kPadding32);
  euler_tests_32(some.values, n, std::max(static_cast<std::uint32_t>(most), kPadding32), some.passed);
  const EulerFilter& filter = euler_filter();
  for (std::size_t i = 0; i < n; ++i) {
    is_prime[some.positions[i]] = some.passed[i];
    if (filter.may_have(some.values[i]) && some.passed[i] != 0 && is_euler_exception(some.values[i])) is_prime[some.positions[i]] = 0;
  }
}

void test_block(std::span<const std::uint64_t> numbers, PrimalityMethod method, std::uint8_t* is_prime, Rooms& rooms) {
  std::uint64_t most = 0, least = ~std::uint64_t{0};
  for (const std::uint64_t n : numbers) {
    most = std::max(most, n);
    least = std::min(least, n);
  }
  const std::uint64_t* padded = numbers.data();
  if (numbers.size() % kPrimalityPadding != 0) {
    std::copy(numbers.begin(), numbers.end(), rooms.padded);
    std::fill_n(rooms.padded + numbers.size(), kPrimalityPadding, std::uint64_t{0});
    padded = rooms.padded;
  }
  std::fill_n(is_prime, numbers.size(), std::uint8_t{0});
  if (most >> 32 == 0 && method == PrimalityMethod::miller_rabin) test_block_32(padded, numbers.size(), most, is_prime, rooms.below_32);
  else test_block_64(padded, numbers.size(), most, method, is_prime, rooms);
  if (least >= kTiny) return;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] < kTiny) is_prime[i] = static_cast<std::uint8_t>((kTinyPrimes >> numbers[i]) & 1);
}

}  // namespace

void test_primes(std::span<const std::uint64_t> numbers, PrimalityMethod method, std::span<std::uint8_t> is_prime) {
  Rooms rooms;
  for (std::size_t begin = 0; begin < numbers.size(); begin += kPrimalityBlock) {
    const auto block = numbers.subspan(begin, std::min(kPrimalityBlock, numbers.size() - begin));
    test_block(block, method, is_prime.data() + begin, rooms);
  }
}

std::string_view primality_target() {
  if (has_ifma()) return "AVX3 + IFMA";
  return simd_target_chosen() == "AVX2" ? "AVX2" : "AVX3";
}

}  // namespace shoal::kernels
