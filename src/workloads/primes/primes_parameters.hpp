// SPDX-License-Identifier: Apache-2.0
// The keys of the workload `primes`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "workloads/primes/sieve_window.hpp"

namespace shoal::workloads::primes {

// [test]: numbers to be judged.
struct TestParameters {
  std::vector<std::string> methods = {"miller_rabin"};
  bool smallest_factor = false;
  std::string file;
  std::string format = "auto";
  std::string column;
  std::vector<std::uint64_t> range;
  std::vector<std::uint64_t> numbers;
};

struct PrimesParameters {
  std::string task = "count";
  std::uint64_t start = 0;
  std::uint64_t stop = 0;    // exclusive
  std::uint64_t window = 0;  // 0: by the rule of WindowPlan
  std::uint64_t n = 1;
  std::vector<std::string> outputs = {"count"};
  TestParameters test;
};

void bind(config::Table& root, PrimesParameters& parameters);

// The words of `outputs`.
Wanted wanted_of(const std::vector<std::string>& outputs);

}  // namespace shoal::workloads::primes
