// SPDX-License-Identifier: Apache-2.0
// The interface and the serial driver, against the obvious reference, for every shape.
#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/tasks/serial.hpp"

using namespace shoal::tasks;

namespace {

std::vector<fake::History> expected(const std::string& name) {
  const auto job = fake::make_job(name);
  fake::run_reference(*job);
  return job->history();
}

}  // namespace

TEST_CASE("The reference makes the calls that the interface promises", "[unit]") {
  const auto window = expected("window of zero")[0];
  CHECK(window.early.size() == 1);  // only task 0 has no history
  CHECK(window.calls.size() == 1 + 8 + 9 + 1);
  CHECK(window.calls[0] == "round 0 after 0 folds: 9 tasks");
  CHECK(window.calls[1].starts_with("fold 0: "));
  CHECK(window.calls[2].starts_with("prepare 1 seeing "));
  CHECK(window.calls[3].starts_with("fold 1: "));

  const auto wide = expected("window")[0];  // window 4: tasks 0 .. 4 see nothing, task 5 sees the result of task 0
  CHECK(wide.early.size() == 5);
  CHECK(wide.calls[1].starts_with("fold 0: "));
  CHECK(wide.calls[2].starts_with("prepare 5 seeing "));
  CHECK(wide.calls[3].starts_with("fold 1: "));
}

TEST_CASE("The serial driver makes the same calls as the reference for every shape", "[unit]") {
  for (const std::string& name : fake::shape_names()) {
    CAPTURE(name);
    const auto job = fake::make_job(name);
    const RunSummary summary = run_serial(*job, Policy{});
    CHECK(summary.outcome == Outcome::complete);
    CHECK(job->history() == expected(name));
    CHECK(summary.counts.done == summary.counts.total);
    CHECK(summary.counts.folded == summary.counts.total);
    CHECK(summary.counts.running == 0);
  }
}

TEST_CASE("Chunk rules and orders do not change what is computed", "[unit]") {
  for (const std::string name : {"independent", "rounds", "two streams"}) {
    const auto want = expected(name);
    for (int chunks = 0; chunks <= static_cast<int>(ChunkRule::one); ++chunks) {
      for (int order = 0; order <= static_cast<int>(OrderKind::longest); ++order) {
        CAPTURE(name, chunks, order);
        Policy policy;
        policy.chunks = static_cast<ChunkRule>(chunks);
        policy.order = static_cast<OrderKind>(order);
        const auto job = fake::make_job(name);
        CHECK(run_serial(*job, policy).outcome == Outcome::complete);
        CHECK(job->history() == want);
      }
    }
  }
}

TEST_CASE("A run stopped after any number of tasks continues from its journal with the same calls", "[unit]") {
  for (const std::string& name : fake::shape_names()) {
    const auto want = expected(name);
    for (int stop_after = 0; stop_after < 40; stop_after += 3) {
      CAPTURE(name, stop_after);
      MemoryJournal journal;
      Policy policy;
      policy.slice_seconds = 1e-9;
      int turns = 0;
      SerialHooks hooks;
      hooks.journal = &journal;
      hooks.poll = [&]() -> std::optional<StopKind> {
        if (++turns <= stop_after) return std::nullopt;
        return stop_after % 2 ? StopKind::hard : StopKind::soft;
      };
      const auto first = fake::make_job(name);
      const RunSummary stopped = run_serial(*first, policy, hooks);
      CHECK((stopped.outcome == Outcome::stopped || stopped.outcome == Outcome::complete));
      CHECK(!stopped.failure);

      SerialHooks again;
      again.replay = journal.runs;
      MemoryJournal rest;
      again.journal = &rest;
      policy.order = OrderKind::bit_reversed;
      const auto second = fake::make_job(name);
      std::int64_t n_run = 0;
      second->on_run = [&](const TaskInput&) { ++n_run; };
      const RunSummary resumed = run_serial(*second, policy, again);
      CHECK(resumed.outcome == Outcome::complete);
      CHECK(resumed.counts.reused == stopped.counts.done);
      CHECK(second->history() == want);
      std::int64_t n_again = 0;
      for (const ResultRun& run : rest.runs) n_again += run.count;
      CHECK(n_again == resumed.counts.done - stopped.counts.done);  // nothing finished is recorded twice
      if (!name.starts_with("chain")) CHECK(n_run == n_again);      // nor computed twice, but for lost blobs
    }
  }
}

TEST_CASE("A task that throws ends the serial run with its text", "[unit]") {
  const auto job = fake::make_job("independent");
  job->on_run = [](const TaskInput& in) {
    if (in.id.task == 17) throw std::runtime_error("seventeen is not allowed");
  };
  const RunSummary summary = run_serial(*job, Policy{});
  CHECK(summary.outcome == Outcome::failed);
  REQUIRE(summary.failure);
  CHECK(summary.failure->text == "seventeen is not allowed");
  CHECK(summary.failure->exit_code == 70);
  CHECK(summary.failure->task == TaskId{0, 17});
  CHECK(summary.counts.failed == 1);
}
