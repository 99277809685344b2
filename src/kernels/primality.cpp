// SPDX-License-Identifier: Apache-2.0
// test_primes: sieve, test to base 2, then the other tests on the few that are left, block by block.
#include "shoal/kernels/primality.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/primality_parts.hpp"
#include "shoal/kernels/simd_targets.hpp"

namespace shoal::kernels {
namespace {

constexpr std::uint64_t kPadding = 65537;  // a prime that every kernel may be given

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

void test_block(std::span<const std::uint64_t> numbers, PrimalityMethod method, std::uint8_t* is_prime,
                Candidates& small, Candidates& large) {
  std::uint64_t most = 0, least = ~std::uint64_t{0};
  for (const std::uint64_t n : numbers) {
    most = std::max(most, n);
    least = std::min(least, n);
  }
  alignas(64) std::uint64_t padded[kRoom];
  std::copy(numbers.begin(), numbers.end(), padded);
  std::fill_n(padded + numbers.size(), kPrimalityPadding, std::uint64_t{0});
  std::fill_n(is_prime, numbers.size(), std::uint8_t{0});
  small.count = sieve_candidates(padded, numbers.size(), most < kSmallLimit ? kFewPrimes : kManyPrimes, small.values,
                                 small.positions);
  split(small, large);
  keep_primes(small, strong_tests_small, kPadding, method);
  mark(small, is_prime);
  keep_primes(large, has_ifma() ? strong_tests_ifma : strong_tests_scalar, kSmallLimit + 69, method);
  mark(large, is_prime);
  if (least >= kTiny) return;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] < kTiny) is_prime[i] = static_cast<std::uint8_t>((kTinyPrimes >> numbers[i]) & 1);
}

}  // namespace

void test_primes(std::span<const std::uint64_t> numbers, PrimalityMethod method, std::span<std::uint8_t> is_prime) {
  Candidates small, large;
  for (std::size_t begin = 0; begin < numbers.size(); begin += kPrimalityBlock) {
    const auto block = numbers.subspan(begin, std::min(kPrimalityBlock, numbers.size() - begin));
    test_block(block, method, is_prime.data() + begin, small, large);
  }
}

std::string_view primality_target() {
  if (has_ifma()) return "AVX3 + IFMA";
  return simd_target_chosen() == "AVX2" ? "AVX2" : "AVX3";
}

}  // namespace shoal::kernels
