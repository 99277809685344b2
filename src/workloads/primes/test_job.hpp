// SPDX-License-Identifier: Apache-2.0
// task = "test": which of the user's numbers are prime. One stream a method; tasks are blocks of numbers.
#pragma once

#include <memory>

#include "workloads/primes/prime_job.hpp"
#include "workloads/primes/primes_parameters.hpp"

namespace shoal::workloads::primes {

// What to test: a list, or every number of [begin, end).
struct Numbers {
  std::vector<std::uint64_t> list;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return list.empty() ? end - begin : list.size(); }
  std::uint64_t operator[](std::uint64_t i) const { return list.empty() ? begin + i : list[i]; }
};

// More numbers than this are no test: `count` and `list` sieve a thousand times faster.
inline constexpr std::uint64_t kMostTested = std::uint64_t{1} << 28;

std::unique_ptr<PrimeJob> make_test_job(Numbers numbers, const TestParameters& test);

}  // namespace shoal::workloads::primes
