// SPDX-License-Identifier: Apache-2.0
// What is known of the primes in an interval. Summaries of neighbouring intervals merge into that of their union: merge() is
// associative and the empty summary is neutral, so any cuts give the same sums. (For k-tuplets: any cuts through none of
// them, which WindowPlan takes care of.)
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "shoal/tasks/job.hpp"

namespace shoal::workloads::primes {

// Of 2 to 6 primes as close together as primes can be, all patterns: 2 of triplets and 2 of quintuplets.
inline constexpr std::array<std::string_view, 5> kTupletNames = {"twins", "triplets", "quadruplets", "quintuplets", "sextuplets"};

struct Summary {
  std::uint64_t count = 0;
  std::array<std::uint64_t, 5> tuplets = {};
  std::uint64_t sum = 0;             // modulo 2^64
  std::uint64_t bitwise_xor = 0;
  std::uint64_t one_mod_four = 0;
  std::uint64_t three_mod_four = 0;
  std::uint64_t first = 0;           // 0: there is no prime, or it was not asked for
  std::uint64_t last = 0;
  std::uint64_t max_gap = 0;         // 0: fewer than two primes; differences of neighbouring primes
  std::uint64_t max_gap_start = 0;   // the prime before the first of the largest gaps

  friend bool operator==(const Summary&, const Summary&) = default;
};

Summary merge(const Summary& left, const Summary& right);

inline constexpr std::int64_t kSummaryBytes = sizeof(Summary);
void append(const Summary& summary, tasks::Bytes& bytes);
Summary read_summary(tasks::ByteView bytes);

}  // namespace shoal::workloads::primes
