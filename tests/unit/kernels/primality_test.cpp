// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/primality.hpp"

#include <bit>
#include <vector>

#include "each_simd_target.hpp"
#include "kernels/primality_parts.hpp"

using namespace shoal::kernels;

namespace {

using Numbers = std::vector<std::uint64_t>;
using Answers = std::vector<std::uint8_t>;

Answers fast(const Numbers& numbers, PrimalityMethod method) {
  Answers answers(numbers.size() + 1, 9);
  test_primes(numbers, method, std::span(answers).first(numbers.size()));
  CHECK(answers.back() == 9);
  answers.pop_back();
  return answers;
}

Answers reference(const Numbers& numbers, PrimalityMethod method) {
  Answers answers(numbers.size());
  test_primes_reference(numbers, method, answers);
  return answers;
}

// Scattered numbers (D. Lehmer's multiplier), `bits` of them random.
Numbers scattered(std::size_t count, int bits, std::uint64_t seed) {
  Numbers numbers;
  for (std::uint64_t x = seed; numbers.size() < count;) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    numbers.push_back((x ^ (x >> 31)) >> (64 - bits) | 1);
  }
  return numbers;
}

Numbers primes_below(std::uint64_t stop) {
  std::vector<bool> composite(stop);
  Numbers primes;
  for (std::uint64_t n = 2; n < stop; ++n) {
    if (composite[n]) continue;
    primes.push_back(n);
    for (std::uint64_t m = n * n; m < stop; m += n) composite[m] = true;
  }
  return primes;
}

constexpr PrimalityMethod kMethods[] = {PrimalityMethod::miller_rabin, PrimalityMethod::bpsw};

}  // namespace

TEST_CASE("every number below 200,000 is judged as a sieve judges it", "[unit]") {
  Answers expected(200000);
  for (const std::uint64_t p : primes_below(200000)) expected[p] = 1;
  Numbers numbers(200000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  CHECK(reference(numbers, PrimalityMethod::miller_rabin) == expected);
  CHECK(reference(numbers, PrimalityMethod::bpsw) == expected);
  on_each_simd_target([&] {
    for (const PrimalityMethod method : kMethods) CHECK(fast(numbers, method) == expected);
  });
  for (std::size_t i = 0; i < numbers.size(); ++i) REQUIRE(is_prime(i) == (expected[i] == 1));
}

TEST_CASE("the kernels agree with the reference for every size of numbers and every length", "[unit]") {
  on_each_simd_target([] {
    for (int bits = 7; bits <= 64; ++bits) {
      const Numbers numbers = scattered(700, bits, static_cast<std::uint64_t>(bits));
      INFO(bits);
      for (const PrimalityMethod method : kMethods) REQUIRE(fast(numbers, method) == reference(numbers, method));
    }
    Numbers mixed;
    for (int bits = 1; bits <= 64; ++bits)
      for (const std::uint64_t n : scattered(40, bits, 5)) mixed.push_back(n);
    for (std::size_t length = 0; length < 70; ++length) {
      const Numbers some(mixed.end() - static_cast<std::ptrdiff_t>(length), mixed.end());
      REQUIRE(fast(some, PrimalityMethod::miller_rabin) == reference(some, PrimalityMethod::miller_rabin));
    }
    REQUIRE(fast(mixed, PrimalityMethod::bpsw) == reference(mixed, PrimalityMethod::bpsw));
  });
}

TEST_CASE("numbers around 2^32, 2^49, 2^52 and 2^64 are judged right", "[unit]") {
  on_each_simd_target([] {
    for (const int power : {31, 32, 48, 49, 50, 51, 52, 53, 63, 64}) {
      Numbers numbers;
      for (std::uint64_t i = 1; i < 600; ++i) {
        numbers.push_back((power < 64 ? std::uint64_t{1} << power : 0) - i);
        if (power < 64) numbers.push_back((std::uint64_t{1} << power) + i);
      }
      INFO(power);
      for (const PrimalityMethod method : kMethods) REQUIRE(fast(numbers, method) == reference(numbers, method));
    }
    CHECK(fast({18446744073709551557u, 18446744073709551556u, ~std::uint64_t{0}, 0, 1, 2}, PrimalityMethod::bpsw) ==
          Answers{1, 0, 0, 0, 0, 1});
  });
}

// C. Pomerance, J. Selfridge and S. Wagstaff (1980), G. Jaeschke (1993).
TEST_CASE("strong pseudoprimes are as many as published, and no primes", "[unit]") {
  std::vector<int> base2, bases23;  // below 10^4, 10^5, 10^6, 10^7
  const Numbers primes = primes_below(10000000);
  int to_2 = 0, to_2_and_3 = 0;
  auto next = primes.begin() + 1;
  for (std::uint64_t n = 3; n <= 10000001; n += 2) {
    if (n == 10001 || n == 100001 || n == 1000001 || n == 10000001) {
      base2.push_back(to_2);
      bases23.push_back(to_2_and_3);
    }
    if (next != primes.end() && *next == n) {
      ++next;
    } else if (is_strong_probable_prime(n, 2)) {
      ++to_2;
      if (is_strong_probable_prime(n, 3)) ++to_2_and_3;
      CHECK_FALSE(is_strong_lucas_probable_prime(n));
    }
  }
  CHECK(base2 == std::vector<int>{5, 16, 46, 162});
  CHECK(bases23.back() == 7);
}

TEST_CASE("the least composites that pass the first k prime bases are judged composite", "[unit]") {
  const Numbers psi = {2047, 1373653, 25326001, 3215031751, 2152302898747, 3474749660383, 341550071728321,
                       3825123056546413051};
  const Numbers bases = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31};
  const std::size_t passes[] = {1, 2, 3, 4, 5, 6, 8, 11};
  for (std::size_t i = 0; i < psi.size(); ++i) {
    for (std::size_t k = 0; k < passes[i]; ++k) CHECK(is_strong_probable_prime(psi[i], bases[k]));
    if (passes[i] < bases.size()) CHECK_FALSE(is_strong_probable_prime(psi[i], bases[passes[i]]));
    CHECK_FALSE(is_prime(psi[i]));
    CHECK_FALSE(is_strong_lucas_probable_prime(psi[i]));
  }
  on_each_simd_target([&] {
    for (const PrimalityMethod method : kMethods) CHECK(fast(psi, method) == Answers(psi.size(), 0));
  });
}

TEST_CASE("strong tests of all three kernels give what single tests give", "[unit]") {
  for (const int bits : {33, 40, 48}) {
    Numbers values;
    for (const std::uint64_t n : scattered(64, bits, 11)) values.push_back(n | std::uint64_t{1} << (bits - 1));
    for (const std::uint64_t p : {3215031751u, 4294967291u, 4294967295u}) values.push_back(p);
    const std::size_t count = values.size();
    values.resize(count + kPrimalityPadding, 4294967291u);
    for (const std::uint32_t base : {2u, 3u, 61u, 28178u, 1795265022u}) {
      Answers expected, small(values.size() + kPrimalityPadding), scalar(values.size() + kPrimalityPadding);
      for (std::size_t i = 0; i < count; ++i) expected.push_back(is_strong_probable_prime(values[i], base));
      const auto same = [&](const Answers& found) { return std::equal(expected.begin(), expected.end(), found.begin()); };
      strong_tests_scalar(values.data(), count, base, scalar.data());
      CHECK(same(scalar));
      on_each_simd_target([&] {
        strong_tests_small(values.data(), count, base, small.data());
        CHECK(same(small));
        if (!has_ifma()) return;
        Answers ifma(values.size() + kPrimalityPadding);
        strong_tests_ifma(values.data(), count, base, ifma.data());
        CHECK(same(ifma));
      });
    }
  }
}

namespace {

std::uint64_t power_of_2(std::uint64_t exponent, std::uint64_t n) {
  std::uint64_t power = 1, square = 2;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) power = power * square % n;
    square = square * square % n;
  }
  return power;
}

// 2^((n-1)/2) = (2/n) mod n, for odd n below 2^32.
bool passes_euler(std::uint64_t n) { return power_of_2((n - 1) / 2, n) == (n % 8 == 3 || n % 8 == 5 ? n - 1 : 1); }

}  // namespace

TEST_CASE("Euler's test in lanes gives what it gives one by one", "[unit]") {
  for (const std::uint64_t below : {std::uint64_t{1} << 27, std::uint64_t{1} << 32}) {
    std::vector<std::uint32_t> values;
    for (std::uint64_t i = 1; i < 4000; i += 2) {
      values.push_back(static_cast<std::uint32_t>(below - i));
      values.push_back(static_cast<std::uint32_t>(65 + i));
    }
    for (int bits = 7; bits <= std::countr_zero(below); ++bits)
      for (const std::uint64_t n : scattered(500, bits, 9)) values.push_back(static_cast<std::uint32_t>(std::max<std::uint64_t>(n, 65)));
    for (const std::uint32_t n : euler_exceptions())
      if (n < below) values.push_back(n);
    const std::size_t count = values.size();
    values.resize(count + kPrimalityPadding, 65537u);
    on_each_simd_target([&] {
      Answers passed(values.size() + kPrimalityPadding);
      euler_tests_32(values.data(), count, static_cast<std::uint32_t>(below - 1), passed.data());
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < count; ++i) wrong += passes_euler(values[i]) != (passed[i] == 1);
      CHECK(wrong == 0);
    });
  }
}

TEST_CASE("the exceptions of Euler's test are composites that pass it, and those below 3 10^6 are all", "[unit]") {
  const auto exceptions = euler_exceptions();
  std::uint32_t before = 0;
  for (const std::uint32_t n : exceptions) {
    CAPTURE(n);
    REQUIRE(n > before);
    REQUIRE(passes_euler(n));
    REQUIRE(smallest_factor(n) < n);
    REQUIRE(smallest_factor(n) > 37);
    REQUIRE(euler_filter().may_have(n));
    REQUIRE(is_euler_exception(n));
    before = n;
  }
  auto next = exceptions.begin();
  for (std::uint32_t n = 3; n < 3000000; n += 2) {
    if (!passes_euler(n) || is_prime(n) || smallest_factor(n) <= 37) continue;
    REQUIRE(*next == n);
    ++next;
  }
  CHECK(*next > 3000000);
}

TEST_CASE("smallest factors are found by rho as by trial division", "[unit]") {
  for (std::uint64_t n = 2; n < 20000; ++n) {
    REQUIRE(smallest_factor(n) == smallest_factor_naive(n, [] { return false; }));
  }
  for (const std::uint64_t n : scattered(200, 40, 3)) {
    CAPTURE(n);
    REQUIRE(smallest_factor(n) == smallest_factor_naive(n, [] { return false; }));
  }
  CHECK(smallest_factor(18446744073709551557u) == 18446744073709551557u);
  CHECK(smallest_factor(std::uint64_t{4294967291} * 4294967279) == 4294967279);   // the two largest primes below 2^32
  CHECK(smallest_factor(std::uint64_t{4294967291} * 4294967291) == 4294967291);
  CHECK(smallest_factor(std::uint64_t{2097143} * 2097143 * 2097143) == 2097143);  // a cube
  CHECK(smallest_factor(std::uint64_t{101} * 101 * 101 * 101) == 101);
}

TEST_CASE("trial division stops when asked", "[unit]") {
  int asked = 0;
  CHECK(smallest_factor_naive(18446744073709551557u, [&] { return ++asked == 2; }) == 0);
  CHECK(asked == 2);
}
