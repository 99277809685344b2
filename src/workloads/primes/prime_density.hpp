// SPDX-License-Identifier: Apache-2.0
// How many primes to expect: estimates for plans, never results.
#pragma once

#include <cstdint>

namespace shoal::workloads::primes {

// The logarithmic integral from 2 to x (0 below 2), by Ramanujan's series; relative error below 1e-9 up to 2^64. The number of
// primes up to x differs from it by less than sqrt(x) log(x) / 8 + 3 (L. Schoenfeld, Math. Comp. 30, 337-360, 1976; verified
// in our range).
double logarithmic_integral(double x);

// Primes to expect in [begin, end).
double expected_primes(std::uint64_t begin, std::uint64_t end);

// Where about the n-th prime from `start` on is; at most 2^64.
double expected_nth_prime(double n, std::uint64_t start);

}  // namespace shoal::workloads::primes
