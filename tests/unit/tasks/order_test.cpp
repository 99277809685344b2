// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/tasks/order.hpp"

using namespace shoal::tasks;

namespace {

std::vector<std::int64_t> listed(const Order& order, std::int64_t n) {
  const fake::FakeJob job(fake::independent(n));
  const TaskOrder tasks(order, job, 0, 0);
  std::vector<std::int64_t> out;
  for (std::int64_t p = 0; p < n; ++p) out.push_back(tasks.task_at(p));
  return out;
}

// The slow, obvious way: count to the next power of two with reversed bits, leave out what is too large.
std::vector<std::int64_t> bit_reversed_reference(std::int64_t n) {
  int bits = 0;
  while ((std::int64_t{1} << bits) < n) ++bits;
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < (std::int64_t{1} << bits); ++i) {
    std::int64_t reversed = 0;
    for (int b = 0; b < bits; ++b)
      if (i & (std::int64_t{1} << b)) reversed |= std::int64_t{1} << (bits - 1 - b);
    if (reversed < n) out.push_back(reversed);
  }
  return out;
}

}  // namespace

TEST_CASE("Bit-reversed order of eight and of six tasks", "[unit]") {
  CHECK(listed({OrderKind::bit_reversed, 8, 1}, 8) == std::vector<std::int64_t>{0, 4, 2, 6, 1, 5, 3, 7});
  CHECK(listed({OrderKind::bit_reversed, 6, 1}, 6) == std::vector<std::int64_t>{0, 4, 2, 1, 5, 3});
}

TEST_CASE("Bit-reversed order equals counting with reversed bits for every length", "[unit]") {
  for (std::int64_t n = 1; n <= 300; ++n) CHECK(listed({OrderKind::bit_reversed, n, 1}, n) == bit_reversed_reference(n));
}

TEST_CASE("Cyclic dealing gives slot i the tasks i, i + P, i + 2P", "[unit]") {
  CHECK(listed({OrderKind::natural, 10, 4}, 10) == std::vector<std::int64_t>{0, 4, 8, 1, 5, 9, 2, 6, 3, 7});
}

TEST_CASE("Longest first sorts by cost and keeps equal tasks in natural order", "[unit]") {
  const fake::FakeJob job(fake::independent(50));
  const std::vector<std::int64_t> tasks = listed({OrderKind::longest, 50, 1}, 50);
  for (std::size_t i = 1; i < tasks.size(); ++i) {
    const double before = job.cost_hint({0, tasks[i - 1]});
    const double here = job.cost_hint({0, tasks[i]});
    CHECK((before > here || (before == here && tasks[i - 1] < tasks[i])));
  }
}

TEST_CASE("Every order is a permutation with its inverse", "[unit]") {
  for (int kind = 0; kind < 3; ++kind) {
    for (const std::int64_t n : {1, 2, 3, 7, 8, 9, 63, 64, 65, 100, 1000}) {
      for (const std::int64_t cyclic : {1, 2, 3, 7, 64, 5000}) {
        const Order order = make_order(static_cast<OrderKind>(kind), n, cyclic);
        CAPTURE(kind, n, order.cyclic);
        const fake::FakeJob job(fake::independent(n));
        const TaskOrder tasks(order, job, 0, 0);
        std::vector<std::int64_t> seen;
        bool inverse = true;
        for (std::int64_t p = 0; p < n; ++p) {
          seen.push_back(tasks.task_at(p));
          inverse = inverse && tasks.position_of(seen.back()) == p;
        }
        CHECK(inverse);
        std::sort(seen.begin(), seen.end());
        std::vector<std::int64_t> all(static_cast<std::size_t>(n));
        std::iota(all.begin(), all.end(), 0);
        CHECK(seen == all);
      }
    }
  }
}

TEST_CASE("Large bit-reversed rounds need no table", "[unit]") {
  const fake::FakeJob job(fake::independent(1));
  const std::int64_t n = 3'000'000'000'001;
  const TaskOrder tasks({OrderKind::bit_reversed, n, 1}, job, 0, 0);
  for (const std::int64_t p : {std::int64_t{0}, std::int64_t{1}, n / 3, n / 2, n - 1}) {
    CHECK(tasks.task_at(p) < n);
    CHECK(tasks.position_of(tasks.task_at(p)) == p);
  }
}

TEST_CASE("Order names are read and written, and impossible orders refused", "[unit]") {
  for (const char* name : {"natural", "bit_reversed", "longest"}) CHECK(order_name(*order_from_name(name)) == name);
  CHECK(!order_from_name("random"));
  const fake::FakeJob job(fake::independent(1));
  CHECK_THROWS_AS(TaskOrder({OrderKind::natural, 5, 9}, job, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(TaskOrder({OrderKind::longest, kMaxSortedTasks + 1, 1}, job, 0, 0), std::invalid_argument);
  CHECK(make_order(OrderKind::longest, kMaxSortedTasks + 1).kind == OrderKind::natural);
}
