// SPDX-License-Identifier: Apache-2.0
// The coordinator and the worker, event by event.
#include <cstring>

#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/error.hpp"
#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/worker.hpp"

using namespace shoal::tasks;

namespace {

template <class M>
std::vector<M> sent(const std::vector<Send>& sends, int to) {
  std::vector<M> out;
  for (const Send& s : sends)
    if (s.to == to && std::holds_alternative<M>(s.message)) out.push_back(std::get<M>(s.message));
  return out;
}

// A coordinator whose workers are played by the test.
struct Stage {
  explicit Stage(Job& job, Policy p = one_at_a_time(), int n_ranks = 3)
      : policy(p), coordinator(job, policy, std::vector<int>(static_cast<std::size_t>(n_ranks), 1), journal) {
    coordinator.start(0, actions);
  }
  static Policy one_at_a_time() {
    Policy p;
    p.chunks = ChunkRule::one;
    return p;
  }
  CoordinatorActions tell(double now, int from, Message message) {
    actions.clear();
    coordinator.on_message(now, from, std::move(message), actions);
    return actions;
  }
  CoordinatorActions tick(double now) {
    actions.clear();
    coordinator.on_timer(now, actions);
    return actions;
  }
  // Asks for one task; the position given, or -1.
  std::int64_t ask(double now, int from, std::int64_t received, std::int64_t epoch = 0) {
    const auto got = sent<Assignment>(tell(now, from, Request{epoch, received, 1, 0, now}).sends, from);
    return got.empty() || got[0].ranges.empty() ? -1 : got[0].ranges[0].first;
  }
  CoordinatorActions finish(double now, int from, std::int64_t position) {
    ResultRun run{0, 0, {}, position, 1, Bytes(8), {}};
    return tell(now, from, Results{{0, 1000, 0, 0, now}, {run}, {}});
  }

  Policy policy;
  MemoryJournal journal;
  CoordinatorActions actions;
  Coordinator coordinator;
};

}  // namespace

TEST_CASE("The tasks of a silent rank are handed out again after 30 s, and its late result still counts", "[unit]") {
  fake::FakeJob job(fake::independent(2));
  Stage stage(job);
  CHECK(stage.ask(0, 1, 0) == 0);
  CHECK(stage.ask(0, 2, 0) == 1);
  for (double t = 1; t < 30; ++t) {
    stage.tell(t, 2, Heartbeat{t});
    CHECK(stage.tick(t).lost.empty());
  }
  stage.tell(30, 2, Heartbeat{30});
  CHECK(stage.tick(30).lost == std::vector<int>{1});
  CHECK(!stage.coordinator.alive(1));
  stage.finish(30.5, 2, 1);
  CHECK(stage.ask(30.6, 2, 1) == 0);  // the task that rank 1 had

  const auto back = stage.finish(31, 1, 0);  // it was only slow: first result counts
  CHECK(back.returned == std::vector<int>{1});
  CHECK(sent<Reset>(back.sends, 1).size() == 1);
  CHECK(stage.coordinator.outcome() == Outcome::complete);
  CHECK(stage.journal.runs.size() == 2);
  stage.finish(32, 2, 0);  // came again
  CHECK(stage.journal.runs.size() == 2);
  CHECK(stage.coordinator.counts().repeated == 1);
  for (int r = 0; r < 3; ++r) {
    CHECK(!stage.coordinator.finished());
    stage.tell(33, r, Bye{});
  }
  CHECK(stage.coordinator.finished());
}

TEST_CASE("By a static rule nobody takes another rank's share, unless a rank is lost", "[unit]") {
  for (const ChunkRule rule : {ChunkRule::static_block, ChunkRule::static_cyclic}) {
    fake::FakeJob job(fake::independent(9));
    Policy policy;
    policy.chunks = rule;
    Stage stage(job, policy);
    CHECK(stage.ask(0, 1, 0) == 0);
    for (std::int64_t position = 0; position < 3; ++position) stage.finish(1, 1, position);
    CHECK(stage.ask(1, 1, 1) == -1);  // fast, and first in line
    CHECK(stage.ask(1, 0, 0) == 3);
    CHECK(stage.ask(2, 1, 1) == -1);
    for (double t = 3; t < 40; t += 3) {
      stage.tell(t, 1, Heartbeat{t});
      const auto got = sent<Assignment>(stage.tick(t).sends, 1);
      REQUIRE(got.empty() == stage.coordinator.alive(2));
      if (got.empty()) continue;
      CHECK(got[0].ranges[0].first == 6);  // it waited in line for that
      CHECK(got[0].ranges[0].count == 3);
      return;
    }
    FAIL("what was meant for the lost rank is left");
  }
}

TEST_CASE("A rank that returns is given work again, in a new epoch, with its rounds told anew", "[unit]") {
  fake::FakeJob job(fake::independent(10));
  Stage stage(job);
  CHECK(stage.ask(0, 1, 0) == 0);
  for (double t = 1; t <= 31; ++t) stage.tick(t);
  CHECK(!stage.coordinator.alive(1));
  CHECK(stage.ask(32, 1, 1, 0) == -1);  // the old epoch's request is not answered, but it is alive
  CHECK(stage.coordinator.alive(1));
  const auto got = sent<Assignment>(stage.tell(33, 1, Request{1, 0, 1, 0, 33}).sends, 1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].ranges[0].first == 0);
  CHECK(got[0].rounds.size() == 1);
}

TEST_CASE("A suspended rank 0 does not take its own sleep for the silence of others", "[unit]") {
  fake::FakeJob job(fake::independent(10));
  Stage stage(job);
  stage.tick(1);
  stage.tell(1, 1, Heartbeat{1});
  CHECK(stage.tick(500).lost.empty());
  for (double t = 501; t < 529; ++t) CHECK(stage.tick(t).lost.empty());
  CHECK(stage.tick(529).lost == std::vector<int>{2});  // silent since 0, of which 499 s do not count
  CHECK(stage.tick(530).lost == std::vector<int>{1});
}

TEST_CASE("What is under way counts against a request, so that a rank is never given twice", "[unit]") {
  fake::FakeJob job(fake::independent(100));
  Stage stage(job);
  auto got = sent<Assignment>(stage.tell(0, 1, Request{0, 0, 2, 0, 0}).sends, 1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].chunks == 2);
  CHECK(sent<Assignment>(stage.tell(0, 1, Request{0, 0, 2, 0, 0}).sends, 1).empty());   // has not seen them yet
  got = sent<Assignment>(stage.tell(0, 1, Request{0, 0, 2, 3, 0}).sends, 1);            // and three ahead
  REQUIRE(got.size() == 1);
  CHECK(got[0].chunks == 3);
  CHECK(sent<Assignment>(stage.tell(0, 1, Request{0, 5, 0, 0, 0}).sends, 1).empty());
}

TEST_CASE("Near the end idle threads are served and wishes ahead of need wait", "[unit]") {
  fake::FakeJob job(fake::independent(4));
  Stage stage(job);
  auto got = sent<Assignment>(stage.tell(0, 1, Request{0, 0, 1, 8, 0}).sends, 1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].chunks == 2);  // one idle, one ahead; with two left for three slots no more
  CHECK(stage.ask(0, 2, 0) == 2);
  CHECK(stage.ask(0, 0, 0) == 3);
}

TEST_CASE("A round's common payload goes to each rank once, and is forgotten when the round is over", "[unit]") {
  fake::StreamShape shape;
  shape.round_sizes = {2, 1};
  fake::FakeJob job({shape});
  Stage stage(job);
  auto got = sent<Assignment>(stage.tell(0, 1, Request{0, 0, 1, 0, 0}).sends, 1);
  CHECK(got.at(0).rounds.size() == 1);
  CHECK(got.at(0).rounds.at(0).common_payload.size() == 8);
  got = sent<Assignment>(stage.tell(0, 1, Request{0, 1, 1, 0, 0}).sends, 1);
  CHECK(got.at(0).rounds.empty());
  stage.finish(1, 1, 0);
  stage.finish(1, 1, 1);
  got = sent<Assignment>(stage.tell(0, 1, Request{0, 2, 1, 0, 0}).sends, 1);
  CHECK(got.at(0).rounds.at(0).round == 1);
  CHECK(got.at(0).forget == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 0}});
}

TEST_CASE("The successor of a task goes to the rank that holds its blob, or is told where it is", "[unit]") {
  fake::StreamShape shape;
  shape.round_sizes = {4};
  shape.prepared = true;
  shape.chains = 2;  // 0 -> 2, 1 -> 3
  fake::FakeJob job({shape});
  Stage stage(job);
  const auto ask = [&](double now, int rank, std::int64_t received) {
    const auto got = sent<Assignment>(stage.tell(now, rank, Request{0, received, 1, 0, now}).sends, rank);
    return got.empty() ? PreparedTask{} : got[0].tasks.at(0);
  };
  CHECK(ask(0, 1, 0).task == 0);
  CHECK(ask(0, 2, 0).task == 1);
  CHECK(ask(0, 0, 0).payload.empty());  // nothing is ready
  const auto done = [&](int rank, std::int64_t task, std::int64_t idle) {
    ResultRun run{0, 0, {}, task, 1, Bytes(8), {task}};
    if (job.result_bytes(0) == 0) std::memset(run.packed.data(), 0, 8);
    return stage.tell(1, rank, Results{{0, 1, static_cast<std::int32_t>(idle), 0, 1}, {run}, {}});
  };
  const auto after = done(1, 0, 1);  // rank 0 has waited longer, but rank 1 has the blob
  const auto to_1 = sent<Assignment>(after.sends, 1);
  REQUIRE(to_1.size() == 1);
  CHECK(to_1[0].tasks[0].task == 2);
  CHECK(to_1[0].tasks[0].blob_rank == 1);
  const auto to_0 = sent<Assignment>(done(2, 1, 0).sends, 0);  // rank 2 asks for nothing: rank 0 fetches the blob
  REQUIRE(to_0.size() == 1);
  CHECK(to_0[0].tasks[0].task == 3);
  CHECK(to_0[0].tasks[0].predecessor == 1);
  CHECK(to_0[0].tasks[0].blob_rank == 2);

  // The blob is gone: task 1 is computed again, and its successor waits for it.
  const auto again = sent<Assignment>(stage.tell(2, 0, BlobMissing{{0, 3}, 1}).sends, 0);
  CHECK(again.empty());
  const auto redo = ask(2, 0, 1);
  CHECK(redo.task == 1);
  ResultRun run{0, 0, {}, 1, 1, Bytes(8), {1}};
  const auto ready = stage.tell(3, 0, Results{{0, 2, 1, 0, 3}, {run}, {}});
  CHECK(sent<Assignment>(ready.sends, 0).at(0).tasks.at(0).task == 3);
  CHECK(stage.coordinator.counts().repeated == 1);
}

TEST_CASE("The first error of a task is kept, nothing more is handed out, and every rank is told to stop", "[unit]") {
  fake::FakeJob job(fake::independent(10));
  Stage stage(job);
  stage.ask(0, 1, 0);
  const auto after = stage.tell(1, 1, TaskError{{0, 0}, 74, "no space left"});
  for (int r = 0; r < 3; ++r) CHECK(sent<Stop>(after.sends, r).at(0).kind == StopKind::soft);
  stage.tell(1, 2, TaskError{{0, 5}, 70, "something else"});
  CHECK(stage.ask(2, 2, 0) == -1);
  for (int r = 0; r < 3; ++r) stage.tell(2, r, Bye{});
  CHECK(stage.coordinator.finished());
  CHECK(stage.coordinator.outcome() == Outcome::failed);
  CHECK(stage.coordinator.failure()->text == "no space left");
  CHECK(stage.coordinator.failure()->exit_code == 74);
}

TEST_CASE("What prepare and fold throw ends the job, not the process", "[unit]") {
  struct Bad final : fake::FakeJob {
    using FakeJob::FakeJob;
    void fold(TaskId, ByteView) override { throw shoal::InputError("the loss is negative"); }
  } job(fake::independent(2));
  Stage stage(job);
  stage.ask(0, 1, 0);
  stage.finish(1, 1, 0);
  CHECK(stage.coordinator.outcome() == Outcome::failed);
  CHECK(stage.coordinator.failure()->text == "the loss is negative");
  CHECK(stage.coordinator.failure()->exit_code == 65);
}

TEST_CASE("A journal that does not fit the job is refused", "[unit]") {
  fake::FakeJob job(fake::independent(3));
  const Policy policy;
  NoJournal none;
  CoordinatorActions actions;
  Coordinator longer(job, policy, {1}, none);
  longer.replay(ResultRun{0, 0, {}, 2, 2, Bytes(16), {}});
  longer.start(0, actions);
  CHECK(longer.outcome() == Outcome::failed);
  CHECK(longer.failure()->exit_code == 76);
  Coordinator other(job, policy, {1}, none);
  CHECK_THROWS_AS(other.replay(ResultRun{5, 0, {}, 0, 1, Bytes(8), {}}), shoal::SystemError);
}

TEST_CASE("An extended round takes over the results of the shorter one, whatever their order", "[unit]") {
  fake::FakeJob before(fake::independent(20));
  fake::FakeJob reference(fake::independent(33));
  fake::run_reference(reference);
  for (int kind = 0; kind < 3; ++kind) {
    fake::FakeJob half(fake::independent(20));
    const Order order = make_order(static_cast<OrderKind>(kind), 20);
    const TaskOrder tasks(order, half, 0, 0);
    ResultRun run{0, 0, order, 0, 20, {}, {}};
    const StopToken never;
    for (std::int64_t p = 0; p < 20; ++p) {
      const Round round = fake::FakeJob(fake::independent(20)).prepare_round(0, 0);
      TaskOutput out{run.packed, std::nullopt};
      half.run({{0, tasks.task_at(p)}, 0, {}, round.common_payload, {}, never}, nullptr, out);
    }
    fake::FakeJob job(fake::independent(33));
    Policy policy;
    policy.order = OrderKind::bit_reversed;
    NoJournal none;
    CoordinatorActions actions;
    Coordinator coordinator(job, policy, {1}, none);
    coordinator.replay(run);
    coordinator.start(0, actions);
    CHECK(coordinator.counts().reused == 20);
    CHECK(coordinator.counts().folded == 20);
    CHECK(job.history()[0].calls.back() == reference.history()[0].calls[20]);
  }
}

TEST_CASE("Snapshots are asked for when something is new and the time has come, or at once on request", "[unit]") {
  fake::FakeJob job(fake::independent(10));
  Stage stage(job);
  CHECK(!stage.tick(61).snapshot);  // nothing new
  stage.ask(61, 1, 0);
  stage.finish(62, 1, 0);
  CHECK(!stage.tick(70).snapshot);
  CHECK(stage.tick(121).snapshot);
  CHECK(!stage.tick(122).snapshot);
  stage.coordinator.want_snapshot();
  CHECK(stage.tick(123).snapshot);
}

TEST_CASE("A hard stop does not wait longer than half a second for other ranks", "[unit]") {
  fake::FakeJob job(fake::independent(10));
  Stage stage(job);
  stage.ask(0, 1, 0);
  stage.coordinator.on_stop(1, StopKind::soft, stage.actions);
  stage.actions.clear();
  stage.coordinator.on_stop(2, StopKind::hard, stage.actions);  // a second signal
  CHECK(sent<Stop>(stage.actions.sends, 1).at(0).kind == StopKind::hard);
  stage.tell(2.1, 0, Bye{});
  stage.tick(2.2);
  CHECK(!stage.coordinator.finished());
  CHECK(stage.coordinator.deadline() == Approx(2.5));
  stage.tick(2.5);
  CHECK(stage.coordinator.finished());
  CHECK(stage.coordinator.outcome() == Outcome::stopped);
}
