// SPDX-License-Identifier: Apache-2.0
// Tasks of one group run together: who gets them, what comes out, and how their time is shared.
#include <map>
#include <utility>

#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/error.hpp"
#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/serial.hpp"
#include "shoal/tasks/simulate.hpp"
#include "shoal/tasks/work_pool.hpp"

using namespace shoal::tasks;

namespace {

fake::StreamShape shape_of(std::int64_t n, std::int64_t together, std::int64_t groups = 1) {
  fake::StreamShape shape;
  shape.round_sizes = {n};
  shape.prepared = true;
  shape.together = together;
  shape.groups = groups;
  return shape;
}

// A coordinator of ranks with one thread each, played by the test.
struct Stage {
  explicit Stage(Job& job, int n_ranks = 2, Policy p = {})
      : policy(p), coordinator(job, policy, std::vector<int>(static_cast<std::size_t>(n_ranks), 1), journal) {
    coordinator.start(0, actions);
  }
  // What a rank gets that asks for one chunk.
  std::vector<PreparedTask> ask(double now, int from) {
    actions.clear();
    coordinator.on_message(now, from, Request{0, 1000, 1, 0, now}, actions);
    for (const Send& send : actions.sends)
      if (send.to == from && std::holds_alternative<Assignment>(send.message)) return std::get<Assignment>(send.message).tasks;
    return {};
  }

  Policy policy;
  MemoryJournal journal;
  CoordinatorActions actions;
  Coordinator coordinator;
};

std::vector<std::int64_t> numbers(const std::vector<PreparedTask>& tasks) {
  std::vector<std::int64_t> out;
  for (const PreparedTask& task : tasks) out.push_back(task.task);
  return out;
}

using Numbers = std::vector<std::int64_t>;

// Tasks [first, first + n) as a slice that runs together.
WorkItem group_of(const Job& job, std::int64_t first, std::int64_t n, std::int64_t result_bytes) {
  const auto order = std::make_shared<const TaskOrder>(Order{}, job, 0, 0);
  const auto round = std::make_shared<const RoundInfo>(RoundInfo{{0, 0, 0, result_bytes, {}, true, {}}, order});
  const auto item = [&](std::int64_t task) {
    WorkItem one;
    one.round = round;
    one.first = task;
    one.count = 1;
    one.payload = Bytes(3, static_cast<std::byte>(task));
    one.together = first;
    return one;
  };
  WorkItem slice = item(first);
  for (std::int64_t task = first + 1; task < first + n; ++task) slice.beside.push_back(item(task));
  return slice;
}

}  // namespace

TEST_CASE("A group goes out only where as many tasks remain for every other thread", "[unit]") {
  fake::FakeJob job({shape_of(14, 4)});
  Stage stage(job);
  const std::vector<PreparedTask> first = stage.ask(1, 0);
  CHECK(numbers(first) == Numbers{0, 1, 2, 3});
  for (const PreparedTask& task : first) CHECK(task.together == 0);
  const std::vector<PreparedTask> second = stage.ask(2, 1);  // ten are left: enough for two threads
  CHECK(numbers(second) == Numbers{4, 5, 6, 7});
  for (const PreparedTask& task : second) CHECK(task.together == 4);
  const std::vector<PreparedTask> third = stage.ask(3, 0);  // six are left
  CHECK(numbers(third) == Numbers{8});
  CHECK(third[0].together == kNoTask);
}

TEST_CASE("Groups that alternate are put together from tasks ahead", "[unit]") {
  fake::FakeJob job({shape_of(100, 4, 3)});
  Stage stage(job);
  CHECK(numbers(stage.ask(1, 0)) == Numbers{0, 3, 6, 9});
  CHECK(numbers(stage.ask(2, 1)) == Numbers{1, 4, 7, 10});
  CHECK(numbers(stage.ask(3, 0)) == Numbers{2, 5, 8, 11});
  fake::FakeJob many({shape_of(1000, 4, 300)});  // never four of a kind among those looked at
  Stage other(many);
  CHECK(numbers(other.ask(1, 0)) == Numbers{0});
}

TEST_CASE("One at a time means one at a time, and teams work on one task each", "[unit]") {
  Policy one;
  one.chunks = ChunkRule::one;
  fake::FakeJob job({shape_of(100, 4)});
  Stage stage(job, 2, one);
  CHECK(numbers(stage.ask(1, 0)) == Numbers{0});
  Policy teams;
  teams.threads_per_task = 2;
  fake::FakeJob again({shape_of(100, 4)});
  Stage other(again, 2, teams);
  CHECK(numbers(other.ask(1, 0)) == Numbers{0});
}

TEST_CASE("A group that was lost with its rank is handed out again, in groups", "[unit]") {
  fake::FakeJob job({shape_of(9, 4)});
  Stage stage(job);
  CHECK(numbers(stage.ask(1, 1)) == Numbers{0, 1, 2, 3});
  stage.actions.clear();
  for (double now = 2; now < 60; ++now) stage.coordinator.on_timer(now, stage.actions);  // rank 1 is silent
  CHECK(numbers(stage.ask(61, 0)) == Numbers{0, 1, 2, 3});  // nine for the only thread that is left
  CHECK(numbers(stage.ask(62, 0)) == Numbers{4, 5, 6, 7});
  CHECK(numbers(stage.ask(63, 0)) == Numbers{8});
}

TEST_CASE("Tasks that run together leave what they leave alone", "[unit]") {
  for (const bool fixed : {true, false}) {
    fake::StreamShape shape = shape_of(20, 8);
    shape.chains = 20;  // all leave blobs
    const fake::FakeJob job({shape}, fixed);
    const StopToken never;
    MemoryBlobStore blobs, blobs_alone;
    const WorkItem slice = group_of(job, 5, 8, fixed ? 8 : 0);
    const std::vector<SliceResult> together = run_slices(job, slice, nullptr, blobs, never);
    REQUIRE(together.size() == 8);
    CHECK(job.n_together == 1);
    for (std::int64_t i = 0; i < 8; ++i) {
      const SliceResult& found = together[static_cast<std::size_t>(i)];
      const WorkItem& item = i == 0 ? slice : slice.beside[static_cast<std::size_t>(i - 1)];
      const SliceResult alone = run_slice(job, item, nullptr, blobs_alone, never);
      CHECK(serialise(found.run) == serialise(alone.run));
      CHECK(found.log_first == alone.log_first);
      CHECK(blobs.get({0, 5 + i}) == blobs_alone.get({0, 5 + i}));
    }
  }
}

TEST_CASE("What fails together is done alone, so that only the one to blame fails", "[unit]") {
  fake::FakeJob job({shape_of(20, 8)});
  job.on_run = [](const TaskInput& in) {
    if (in.id.task == 7) throw shoal::InputError("column 3 is missing");
  };
  const StopToken never;
  MemoryBlobStore blobs;
  const std::vector<SliceResult> results = run_slices(job, group_of(job, 5, 4, 8), nullptr, blobs, never);
  REQUIRE(results.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(results[i].run.count == (i == 2 ? 0 : 1));
    CHECK(results[i].error.has_value() == (i == 2));
  }
  CHECK(results[2].error->task == TaskId{0, 7});
  CHECK(results[2].error->text == "column 3 is missing");
}

TEST_CASE("A group that is stopped in the middle hands in nothing", "[unit]") {
  StopToken stop;
  MemoryBlobStore blobs;
  struct Obedient final : fake::FakeJob {
    using FakeJob::FakeJob;
    bool run(const TaskInput& in, Workspace* w, TaskOutput& out) const override {
      return !in.stop.requested() && FakeJob::run(in, w, out);
    }
  };
  Obedient obedient({shape_of(20, 8)});
  obedient.on_run_together = [&](std::span<const TaskInput>) { stop.request(); };
  for (const SliceResult& result : run_slices(obedient, group_of(obedient, 0, 5, 8), nullptr, blobs, stop)) {
    CHECK(result.run.count == 0);
    CHECK_FALSE(result.error);
  }
}

TEST_CASE("Time spent together is shared equally, one task after the other, and adds up", "[unit]") {
  const fake::FakeJob job({shape_of(20, 8)});
  WorkPool pool(0, 2, Policy{});
  WorkItem first = group_of(job, 0, 5, 8);
  const std::vector<WorkItem> others = std::exchange(first.beside, {});
  pool.push(first);
  for (const WorkItem& item : others) pool.push(item);
  pool.push(group_of(job, 9, 1, 8));
  const WorkItem slice = *pool.take();
  CHECK(slice.n_tasks() == 5);
  CHECK(pool.queued() == 1);
  CHECK(pool.running() == 1);
  const StopToken never;
  MemoryBlobStore blobs;
  pool.finish(1, run_slices(job, slice, nullptr, blobs, never), 10, 12.5, 2);
  CHECK(pool.running() == 0);
  const LocalReport report = pool.report();
  REQUIRE(report.log.size() == 5);
  double seconds = 0, cpu = 0, last = 10;
  for (std::size_t i = 0; i < 5; ++i) {
    const ChunkLog& log = report.log[i];
    CHECK(log.first == static_cast<std::int64_t>(i));
    CHECK(log.count == 1);
    CHECK(log.start == Approx(last));
    seconds += log.end - log.start;
    cpu += log.cpu;
    last = log.end;
  }
  CHECK(last == 12.5);
  CHECK(seconds == Approx(2.5));
  CHECK(cpu == Approx(2));
  CHECK(report.mean_task_seconds == Approx(0.5));
}

TEST_CASE("Drivers run full groups while there is plenty, and every task once", "[unit]") {
  fake::FakeJob job({shape_of(100, 4)});
  std::map<std::int64_t, int> ran;
  job.on_run = [&](const TaskInput& in) { ++ran[in.id.task]; };
  CHECK(run_serial(job, Policy{}).outcome == Outcome::complete);
  CHECK(job.n_together == 25);
  CHECK(ran.size() == 100);
  for (const auto& [task, n] : ran) CHECK(n == 1);

  for (const int ranks : {1, 3}) {
    fake::FakeJob many({shape_of(200, 4)});
    SimulationModel model;
    model.n_ranks = ranks;
    model.threads_per_rank = 2;
    CHECK(simulate(many, Policy{}, model).summary.outcome == Outcome::complete);
    // The last ones are alone: fewer than four for each thread.
    CHECK(many.n_together >= (200 - 2 * 4 * 2 * ranks) / 4);
    CHECK(many.n_together <= (200 - 4 * (2 * ranks - 1)) / 4);
  }
}
