// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/summary.hpp"

#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace shoal::workloads::primes {

Summary merge(const Summary& left, const Summary& right) {
  Summary both = left;
  both.count += right.count;
  for (std::size_t k = 0; k < both.tuplets.size(); ++k) both.tuplets[k] += right.tuplets[k];
  both.sum += right.sum;
  both.bitwise_xor ^= right.bitwise_xor;
  both.one_mod_four += right.one_mod_four;
  both.three_mod_four += right.three_mod_four;
  if (left.first == 0) both.first = right.first;
  if (right.last != 0) both.last = right.last;
  const auto offer = [&both](std::uint64_t gap, std::uint64_t start) {
    if (gap <= both.max_gap) return;
    both.max_gap = gap;
    both.max_gap_start = start;
  };
  if (left.last != 0 && right.first != 0) offer(right.first - left.last, left.last);
  offer(right.max_gap, right.max_gap_start);
  return both;
}

static_assert(std::is_trivially_copyable_v<Summary> && sizeof(Summary) == 14 * sizeof(std::uint64_t));

void append(const Summary& summary, tasks::Bytes& bytes) {
  const auto raw = std::as_bytes(std::span(&summary, 1));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

Summary read_summary(tasks::ByteView bytes) {
  if (bytes.size() != sizeof(Summary)) throw std::invalid_argument("the result of a window of primes is cut");
  Summary summary;
  std::memcpy(&summary, bytes.data(), sizeof summary);
  return summary;
}

}  // namespace shoal::workloads::primes
