// SPDX-License-Identifier: Apache-2.0
// Interval sets and the store of unfolded results.
#include <cstring>
#include <random>
#include <set>

#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/error.hpp"
#include "shoal/tasks/blobs.hpp"
#include "tasks/interval_set.hpp"
#include "tasks/result_store.hpp"

using namespace shoal::tasks;

TEST_CASE("An interval set behaves like a set of integers", "[unit]") {
  std::mt19937 g(1);
  for (int round = 0; round < 50; ++round) {
    IntervalSet fast;
    std::set<std::int64_t> slow;
    for (int step = 0; step < 60; ++step) {
      const std::int64_t begin = static_cast<std::int64_t>(g() % 60);
      const std::int64_t end = begin + static_cast<std::int64_t>(g() % 12);
      const auto what = g() % 4;
      if (what < 2) {
        fast.add(begin, end);
        for (std::int64_t i = begin; i < end; ++i) slow.insert(i);
      } else if (what == 2) {
        fast.remove(begin, end);
        for (std::int64_t i = begin; i < end; ++i) slow.erase(i);
      } else if (!fast.empty()) {
        const auto [from, to] = fast.take_front(1 + end - begin);
        for (std::int64_t i = from; i < to; ++i) REQUIRE(slow.erase(i) == 1);
      }
      REQUIRE(fast.size() == static_cast<std::int64_t>(slow.size()));
      std::set<std::int64_t> missing;
      for (const auto& [from, to] : fast.missing(begin, end))
        for (std::int64_t i = from; i < to; ++i) missing.insert(i);
      for (std::int64_t i = 0; i < 75; ++i) REQUIRE(fast.contains(i) == slow.contains(i));
      for (std::int64_t i = begin; i < end; ++i) REQUIRE(missing.contains(i) == !slow.contains(i));
      std::int64_t last = -1;
      for (const auto& [from, to] : fast.intervals()) {  // disjoint, and not even touching
        REQUIRE(from > last);
        REQUIRE(to > from);
        last = to;
      }
    }
  }
}

namespace {

ResultRun run_of(std::int64_t first, std::int64_t count, bool fixed) {
  ResultRun run{0, 0, {}, first, count, {}, {}};
  for (std::int64_t task = first; task < first + count; ++task) {
    const auto n = static_cast<std::uint32_t>(fixed ? 4 : task % 5);
    const std::size_t at = run.packed.size();
    run.packed.resize(at + (fixed ? 0 : 4) + n, static_cast<std::byte>(task));
    if (!fixed) std::memcpy(run.packed.data() + at, &n, 4);
  }
  return run;
}

}  // namespace

TEST_CASE("The result store finds every task, of fixed and of varying size, and frees what was folded", "[unit]") {
  const fake::FakeJob job(fake::independent(60));
  const auto natural = std::make_shared<const TaskOrder>(Order{}, job, 0, 0);
  for (const bool fixed : {true, false}) {
    const std::int64_t size = fixed ? 4 : 0;
    ResultStore store(size);
    for (const auto& [first, count] : {std::pair{20, 10}, {0, 1}, {1, 19}, {30, 30}}) {
      ResultRun run = run_of(first, count, fixed);
      auto offsets = run_offsets(run, size);
      store.add(std::move(run), natural, std::move(offsets));
    }
    CHECK(!store.contains(60));
    for (std::int64_t task = 0; task < 60; ++task) {
      const auto found = store.find(task);
      REQUIRE(found);
      REQUIRE(found->size() == static_cast<std::size_t>(fixed ? 4 : task % 5));
      for (const std::byte b : *found) REQUIRE(b == static_cast<std::byte>(task));
      store.drop_found();
    }
    CHECK(!store.contains(20));
  }
}

TEST_CASE("A run can be cut, and packed bytes that do not fit their count are refused", "[unit]") {
  const ResultRun run = run_of(10, 10, false);
  const auto offsets = run_offsets(run, 0);
  const ResultRun part = cut_run(run, offsets, 0, 13, 4);
  CHECK(part.packed == run_of(13, 4, false).packed);
  ResultRun wrong = run;
  wrong.packed.pop_back();
  CHECK_THROWS_AS(run_offsets(wrong, 0), shoal::SystemError);
  wrong.packed.resize(run.packed.size() + 1);
  CHECK_THROWS_AS(run_offsets(wrong, 0), shoal::SystemError);
  ResultRun fixed = run_of(0, 5, true);
  fixed.packed.pop_back();
  CHECK_THROWS_WITH(run_offsets(fixed, 4), "the results of 5 tasks of stream 0, round 0 have an impossible size (19 bytes)");
}

TEST_CASE("The memory blob store forgets the least recently used, but never the last few", "[unit]") {
  MemoryBlobStore store(100, 2);
  const Bytes blob(60);
  store.put({0, 1}, blob);
  store.put({0, 2}, blob);
  CHECK(store.get({0, 1}));
  store.put({0, 3}, blob);
  CHECK(store.get({0, 1}));   // used more recently than 2
  CHECK(!store.get({0, 2}));
  CHECK(store.bytes() == 120);
  store.put({0, 3}, Bytes(10));
  CHECK(store.get({0, 3})->size() == 10);
  CHECK(store.bytes() == 70);
}
