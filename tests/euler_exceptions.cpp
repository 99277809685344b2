// SPDX-License-Identifier: Apache-2.0
// Prints src/kernels/euler_exceptions.inc: the composites below 2^32 without a prime factor up to 37 that pass Euler's test to
// base 2. Every such number is tested, and libprimesieve says which are prime. Some 20 s.
//
//   euler_exceptions > src/kernels/euler_exceptions.inc
#include <fmt/format.h>
#include <primesieve.hpp>

#include <vector>

#include "kernels/primality_parts.hpp"

using namespace shoal::kernels;

namespace {

// Those in [begin, begin + kPrimalityBlock); `primes` stands before the first prime from `begin` on.
void look_through(std::uint64_t begin, primesieve::iterator& primes, std::uint64_t& prime, std::vector<std::uint32_t>& found) {
  std::vector<std::uint64_t> numbers(kPrimalityBlock);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = begin + i;
  std::vector<std::uint32_t> values(kPrimalityBlock + kPrimalityPadding), positions(values.size());
  std::vector<std::uint8_t> passed(values.size());
  const std::size_t count = sieve_candidates_32(numbers.data(), numbers.size(), values.data(), positions.data());
  std::fill(values.begin() + static_cast<std::ptrdiff_t>(count), values.end(), 65537u);
  euler_tests_32(values.data(), count, static_cast<std::uint32_t>(begin + kPrimalityBlock - 1), passed.data());
  for (std::size_t i = 0; i < count; ++i) {
    while (prime < values[i]) prime = primes.next_prime();
    if (passed[i] == 1 && prime != values[i]) found.push_back(values[i]);
  }
}

}  // namespace

int main() {
  std::vector<std::uint32_t> found;
  primesieve::iterator primes;
  std::uint64_t prime = 0;
  for (std::uint64_t begin = 0; begin < std::uint64_t{1} << 32; begin += kPrimalityBlock) look_through(begin, primes, prime, found);
  fmt::print("// SPDX-License-Identifier: Apache-2.0\n// {} numbers, made by tests/euler_exceptions.cpp\n", found.size());
  for (std::size_t i = 0; i < found.size(); ++i) fmt::print("{},{}", found[i], i % 14 == 13 || i + 1 == found.size() ? "\n" : " ");
}
