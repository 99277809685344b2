// SPDX-License-Identifier: Apache-2.0
#include "cli/verification.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "catch.hpp"
#include "shoal/error.hpp"

using namespace shoal;
using namespace shoal::cli;

namespace {

struct NoJob final : tasks::Job {
  tasks::Round prepare_round(std::int64_t, std::int64_t) override { return {}; }
  bool run(const tasks::TaskInput&, tasks::Workspace*, tasks::TaskOutput&) const override { return true; }
  void fold(tasks::TaskId, tasks::ByteView) override {}
};

// Task t has a result of t % 3 + 1 bytes (or always 2), each of the value t.
tasks::ResultRun packed_run(const tasks::TaskOrder& order, std::int64_t first, std::int64_t count, bool fixed) {
  tasks::ResultRun run;
  run.order = order.order();
  run.first = first;
  run.count = count;
  for (std::int64_t p = first; p < first + count; ++p) {
    const std::int64_t task = order.task_at(p);
    const auto length = static_cast<std::uint32_t>(fixed ? 2 : task % 3 + 1);
    if (!fixed)
      for (unsigned shift = 0; shift < 32; shift += 8) run.packed.push_back(static_cast<std::byte>(length >> shift & 0xFFu));
    run.packed.insert(run.packed.end(), length, static_cast<std::byte>(task));
    if (task % 4 == 0) run.blobs.push_back(task);
  }
  std::sort(run.blobs.begin(), run.blobs.end());
  return run;
}

// task -> first byte of its result.
std::map<std::int64_t, int> tasks_in(const std::vector<tasks::ResultRun>& runs, const tasks::TaskOrder& order, bool fixed) {
  std::map<std::int64_t, int> found;
  for (const auto& run : runs) {
    std::size_t at = 0;
    for (std::int64_t p = run.first; p < run.first + run.count; ++p) {
      const std::size_t length = fixed ? 2 : static_cast<std::size_t>(run.packed.at(at)) + 4;
      found[order.task_at(p)] = static_cast<int>(run.packed.at(at + length - 1));
      at += length;
    }
    CHECK(at == run.packed.size());
  }
  return found;
}

}  // namespace

TEST_CASE("tasks are cut out of packed results in every order", "[unit]") {
  const NoJob job;
  const std::int64_t n = 40;
  for (const auto kind : {tasks::OrderKind::natural, tasks::OrderKind::bit_reversed}) {
    for (const bool fixed : {true, false}) {
      const tasks::TaskOrder order(tasks::make_order(kind, n), job, 0, 0);
      const tasks::ResultRun run = packed_run(order, 5, 30, fixed);
      for (const std::vector<std::int64_t>& left_out : std::vector<std::vector<std::int64_t>>{{}, {7}, {0, 1, 2, 20, 21, 39}, {5, 6, 34}}) {
        const auto pieces = without_tasks(run, left_out, fixed ? 2 : 0, order);
        const auto kept = tasks_in(pieces, order, fixed);
        std::set<std::int64_t> blobs;
        for (const auto& piece : pieces) blobs.insert(piece.blobs.begin(), piece.blobs.end());
        for (std::int64_t p = 5; p < 35; ++p) {
          const std::int64_t task = order.task_at(p);
          const bool out = std::binary_search(left_out.begin(), left_out.end(), task);
          CHECK(kept.contains(task) == !out);
          if (!out) CHECK(kept.at(task) == task);
          CHECK(blobs.contains(task) == (!out && task % 4 == 0));
        }
      }
    }
  }
}

TEST_CASE("damaged packed results are refused", "[unit]") {
  const NoJob job;
  const tasks::TaskOrder order(tasks::make_order(tasks::OrderKind::natural, 10), job, 0, 0);
  tasks::ResultRun run = packed_run(order, 0, 10, false);
  run.packed.resize(run.packed.size() - 1);
  CHECK_THROWS_AS(without_tasks(run, {3}, 0, order), Error);
}

TEST_CASE("a random sample has the wanted size, no repetitions, and follows its seed", "[unit]") {
  CHECK(random_sample(10, 10, 1).size() == 10);
  CHECK(random_sample(10, 20, 1).size() == 10);
  CHECK(random_sample(0, 1, 1).empty());
  CHECK(random_sample(1000, 50, 7) == random_sample(1000, 50, 7));
  CHECK(random_sample(1000, 50, 7) != random_sample(1000, 50, 8));
  std::vector<int> hits(20);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const auto sample = random_sample(20, 5, seed);
    CHECK(sample.size() == 5);
    CHECK(std::is_sorted(sample.begin(), sample.end()));
    for (const std::int64_t number : sample) ++hits.at(static_cast<std::size_t>(number));
  }
  for (const int hit : hits) CHECK((hit > 400 && hit < 600));  // 500 expected, standard deviation 19
}
