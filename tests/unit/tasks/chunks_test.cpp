// SPDX-License-Identifier: Apache-2.0
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "shoal/tasks/chunks.hpp"

using namespace shoal::tasks;
using Sizes = std::vector<std::int64_t>;

namespace {

Sizes sequence(ChunkRule rule, std::int64_t n_tasks, std::int64_t n_slots, double mean = 0, double least = 0) {
  ChunkSequence chunks(rule, n_tasks, n_slots);
  Sizes sizes;
  for (std::int64_t left = n_tasks; left > 0; left -= sizes.back())
    sizes.push_back(chunks.next(left, n_slots, mean, least));
  return sizes;
}

std::int64_t sum(const Sizes& sizes) { return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}); }

}  // namespace

TEST_CASE("Guided, trapezoid and factoring chunks of 1000 tasks on 4 slots are those of the literature", "[unit]") {
  CHECK(sequence(ChunkRule::guided, 1000, 4) ==
        Sizes{250, 188, 141, 106, 79, 59, 45, 33, 25, 19, 14, 11, 8, 6, 4, 3, 3, 2, 1, 1, 1, 1});
  CHECK(sequence(ChunkRule::trapezoid, 1000, 4) == Sizes{125, 117, 109, 101, 93, 85, 77, 69, 61, 53, 45, 37, 28});
  Sizes factoring;
  for (const std::int64_t size : {125, 63, 31, 16, 8, 4, 2, 1}) factoring.insert(factoring.end(), 4, size);
  CHECK(sequence(ChunkRule::factoring, 1000, 4) == factoring);
}

TEST_CASE("The numbers of chunks of 100000 tasks on 16 slots are those of the literature", "[unit]") {
  CHECK(sequence(ChunkRule::guided, 100000, 16).size() == 145);
  CHECK(sequence(ChunkRule::factoring, 100000, 16).size() == 208);
  CHECK(sequence(ChunkRule::trapezoid, 100000, 16).size() == 58);
}

TEST_CASE("Static blocks differ by at most one task", "[unit]") {
  CHECK(sequence(ChunkRule::static_block, 10, 4) == Sizes{3, 3, 2, 2});
  CHECK(sequence(ChunkRule::static_cyclic, 3, 4) == Sizes{1, 1, 1});
}

TEST_CASE("Every rule hands out every task, for any numbers of tasks and slots", "[unit]") {
  for (int rule = 0; rule <= static_cast<int>(ChunkRule::one); ++rule)
    for (const std::int64_t n : {1, 2, 5, 16, 17, 1000})
      for (const std::int64_t p : {1, 2, 3, 16, 64, 5000}) {
        CAPTURE(rule, n, p);
        CHECK(sum(sequence(static_cast<ChunkRule>(rule), n, p)) == n);
        CHECK(sum(sequence(static_cast<ChunkRule>(rule), n, p, 1e-6, 2e-3)) == n);
      }
}

TEST_CASE("The automatic rule joins tasks that are shorter than a message is worth, up to a fair share", "[unit]") {
  const Sizes sizes = sequence(ChunkRule::automatic, 100000, 2, 1e-6, 2e-3);  // 2000 tasks make 2 ms
  CHECK(sizes[0] == 25000);
  for (std::size_t i = 0; i + 14 < sizes.size(); ++i) CHECK(sizes[i] >= 1000);
  CHECK(sequence(ChunkRule::automatic, 1000, 4, 0.1, 2e-3) == sequence(ChunkRule::factoring, 1000, 4));
}

TEST_CASE("Chunk rule names are read and written", "[unit]") {
  for (const char* name : {"auto", "static_block", "static_cyclic", "guided", "factoring", "trapezoid", "one"})
    CHECK(chunk_rule_name(*chunk_rule_from_name(name)) == name);
  CHECK(!chunk_rule_from_name("dynamic"));
}
