// SPDX-License-Identifier: Apache-2.0
// What ranks are told about the reason of their waiting: the horizon, or nothing left to do.
#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/worker.hpp"

using namespace shoal::tasks;

namespace {

// Three ranks of one thread, played by the test.
struct Stage {
  explicit Stage(Job& job) : coordinator(job, policy(), {1, 1, 1}, journal) { coordinator.start(0, actions); }
  static Policy policy() {
    Policy p;
    p.chunks = ChunkRule::one;
    return p;
  }
  void tell(double now, int from, Message message) {
    actions.clear();
    coordinator.on_message(now, from, std::move(message), actions);
  }
  void ask(double now, int from) { tell(now, from, Request{0, 1000, 1, 0, now}); }
  void finish(double now, int from, std::int64_t position) {
    tell(now, from, Results{{0, 1000, 0, 0, now}, {{0, 0, {}, position, 1, Bytes(8), {}}}, {}});
  }
  template <class M>
  std::optional<M> sent(int to) const {
    for (const Send& send : actions.sends)
      if (send.to == to && std::holds_alternative<M>(send.message)) return std::get<M>(send.message);
    return std::nullopt;
  }

  MemoryJournal journal;
  CoordinatorActions actions;
  Coordinator coordinator;
};

fake::FakeJob search_of_four() {
  fake::StreamShape shape;  // task k may look at the first k - 1 results
  shape.round_sizes = {4};
  shape.window = 1;
  shape.prepared = true;
  return fake::FakeJob({shape});
}

}  // namespace

TEST_CASE("A rank that waited for a task to become possible is told so, and at the end when that was last", "[unit]") {
  fake::FakeJob job = search_of_four();
  Stage stage(job);
  stage.ask(1, 0);
  REQUIRE(stage.sent<Assignment>(0));
  CHECK(stage.sent<Assignment>(0)->blocked_ago < 0);  // at once
  stage.ask(1, 1);
  REQUIRE(stage.sent<Assignment>(1));
  stage.ask(2, 2);
  CHECK_FALSE(stage.sent<Assignment>(2));  // task 2 needs the result of task 0
  stage.finish(5, 0, 0);
  REQUIRE(stage.sent<Assignment>(2));
  CHECK(stage.sent<Assignment>(2)->blocked_ago == 0);
  stage.ask(6, 0);
  CHECK_FALSE(stage.sent<Assignment>(0));
  stage.finish(7, 1, 1);
  REQUIRE(stage.sent<Assignment>(0));
  CHECK(stage.sent<Assignment>(0)->blocked_ago == 0);
  stage.ask(8, 1);
  CHECK(stage.actions.sends.empty());  // nothing is left: from now on it is the tail
  stage.finish(9, 2, 2);
  stage.finish(11, 0, 3);
  for (int rank = 0; rank < 3; ++rank) {
    REQUIRE(stage.sent<Stop>(rank));
    CHECK(stage.sent<Stop>(rank)->blocked_ago == 4);  // since 7
  }
}

TEST_CASE("Independent tasks never wait for the horizon; a run that is stopped early waited for more", "[unit]") {
  fake::FakeJob job(fake::independent(2));
  Stage stage(job);
  stage.ask(1, 0);
  stage.ask(1, 1);
  stage.ask(1, 2);
  stage.finish(2, 0, 0);
  stage.finish(3, 1, 1);
  REQUIRE(stage.sent<Stop>(2));
  CHECK(stage.sent<Stop>(2)->blocked_ago < 0);

  fake::FakeJob search = search_of_four();
  Stage stopped(search);
  for (int rank = 0; rank < 3; ++rank) stopped.ask(1, rank);
  stopped.actions.clear();
  stopped.coordinator.on_stop(4, StopKind::soft, stopped.actions);
  REQUIRE(stopped.sent<Stop>(2));
  CHECK(stopped.sent<Stop>(2)->blocked_ago == 0);
}

TEST_CASE("The worker hands the reason on to its driver", "[unit]") {
  fake::FakeJob job(fake::independent(10));
  MemoryBlobStore blobs;
  WorkerActions actions;
  Worker worker(job, 1, 2, Policy{}, blobs);
  worker.start(0, actions);
  CHECK_FALSE(actions.blocked_ago);
  Assignment work;
  work.blocked_ago = 0;
  worker.on_message(1, 0, work, actions);
  CHECK(actions.blocked_ago == 0.0);
  actions.clear();
  worker.on_message(2, 0, HeartbeatReply{1}, actions);
  CHECK_FALSE(actions.blocked_ago);
  worker.on_message(3, 0, Stop{StopKind::finish, 0, 1.5}, actions);
  CHECK(actions.blocked_ago == 1.5);
}
