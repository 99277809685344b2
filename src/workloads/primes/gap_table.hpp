// SPDX-License-Identifier: Apache-2.0
// The gaps between neighbouring primes of an interval: how many of each size, and the records. Tables of neighbouring intervals
// merge like summaries.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::workloads::primes {

// A gap larger than all before it in the interval ("maximal gap" where the interval begins with 2).
struct RecordGap {
  std::uint64_t start = 0;  // the prime before it
  std::uint64_t gap = 0;
  friend bool operator==(const RecordGap&, const RecordGap&) = default;
};

struct GapTable {
  std::uint64_t count = 0;  // primes
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::map<std::uint64_t, std::uint64_t> histogram;  // size -> number of gaps
  std::vector<RecordGap> records;

  void add(std::uint64_t start, std::uint64_t gap, std::uint64_t times = 1);
  friend bool operator==(const GapTable&, const GapTable&) = default;
};

// Appends the table of the interval that follows.
void extend(GapTable& left, const GapTable& right);

void append(const GapTable& table, tasks::Bytes& bytes);
GapTable read_gap_table(tasks::ByteView bytes);

}  // namespace shoal::workloads::primes
