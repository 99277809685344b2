// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/tasks/worker.hpp"

using namespace shoal::tasks;

namespace {

template <class M>
std::vector<M> sent(const WorkerActions& actions) {
  std::vector<M> out;
  for (const Send& s : actions.sends)
    if (std::holds_alternative<M>(s.message)) out.push_back(std::get<M>(s.message));
  return out;
}

Assignment range(std::int64_t first, std::int64_t count, bool with_round) {
  Assignment a;
  a.chunks = 2;  // as many as were asked for
  if (with_round) a.rounds.push_back({0, 0, 0, 8, {}, false, {}});
  a.ranges.push_back({0, 0, first, count});
  return a;
}

LocalReport report(std::int64_t queued, std::int32_t running, double mean = 0) {
  LocalReport r;
  r.queued = queued;
  r.running = running;
  r.mean_task_seconds = mean;
  return r;
}

LocalReport with_result(LocalReport r, std::int64_t first, std::int64_t count) {
  r.runs.push_back({0, 0, {}, first, count, Bytes(static_cast<std::size_t>(8 * count)), {}});
  r.log.push_back({1, 0, 0, first, count, 0, 1, 1});
  return r;
}

// A worker of two threads on rank 1, its pool and its rank 0 played by the test.
struct Stage {
  Stage() { worker.start(0, actions); }
  WorkerActions tell(double now, Message m, int from = 0) {
    actions.clear();
    worker.on_message(now, from, std::move(m), actions);
    return std::move(actions);
  }
  WorkerActions local(double now, LocalReport r) {
    actions.clear();
    worker.on_local(now, std::move(r), actions);
    return std::move(actions);
  }
  WorkerActions tick(double now) {
    actions.clear();
    worker.on_timer(now, actions);
    return std::move(actions);
  }
  fake::FakeJob job{fake::independent(1000)};
  Policy policy;
  MemoryBlobStore blobs;
  WorkerActions actions;
  Worker worker{job, 1, 2, policy, blobs};
};

}  // namespace

TEST_CASE("A worker says hello with its idle threads and starts what it is given", "[unit]") {
  Stage stage;
  REQUIRE(sent<Hello>(stage.actions).size() == 1);
  CHECK(sent<Hello>(stage.actions)[0].request.idle == 2);
  const WorkerActions got = stage.tell(0.1, range(5, 10, true));
  REQUIRE(got.start.size() == 1);
  CHECK(got.start[0].first == 5);
  CHECK(got.start[0].count == 10);
}

TEST_CASE("Results wait for 50 ms or 64 KiB, unless a thread has no work", "[unit]") {
  Stage stage;
  stage.tell(0, range(0, 100, true));
  CHECK(sent<Results>(stage.local(0.1, with_result(report(90, 2), 0, 1))).empty());
  CHECK(stage.worker.deadline() == Approx(0.15));
  const auto timed = sent<Results>(stage.tick(stage.worker.deadline()));
  REQUIRE(timed.size() == 1);
  CHECK(timed[0].runs.size() == 1);
  CHECK(timed[0].log.size() == 1);
  CHECK(sent<Results>(stage.local(2, with_result(report(40, 2), 1, 8192))).size() == 1);  // 64 KiB
  CHECK(sent<Results>(stage.local(3, with_result(report(0, 1), 9000, 1))).size() == 1);   // a thread is idle
}

TEST_CASE("Results of neighbouring ranges are joined, and large ones split over messages", "[unit]") {
  Stage stage;
  stage.tell(0, range(0, 1000, true));
  LocalReport r = report(0, 1);
  for (const std::int64_t first : {20, 0, 10, 40}) r = with_result(std::move(r), first, 10);
  const auto results = sent<Results>(stage.local(1, std::move(r)));
  REQUIRE(results.size() == 1);
  REQUIRE(results[0].runs.size() == 2);
  CHECK(results[0].runs[0].count == 30);
  CHECK(results[0].runs[0].packed.size() == 240);
  CHECK(results[0].runs[1].first == 40);
  r = report(0, 1);
  for (const std::int64_t first : {0, 200'000, 400'000}) r = with_result(std::move(r), first, 100'000);
  CHECK(sent<Results>(stage.local(2, std::move(r))).size() == 3);  // 0.8 MB each
}

TEST_CASE("Short tasks are asked for ahead of need, long ones are not", "[unit]") {
  Stage stage;
  stage.tell(0.0001, range(0, 1000, true));
  const auto ahead = sent<Request>(stage.local(0.1, report(10, 2, 1e-5)));  // 50 us of work left for each thread
  REQUIRE(ahead.size() == 1);
  CHECK(ahead[0].idle == 0);
  CHECK(ahead[0].ahead >= 2);
  CHECK(stage.worker.wake_below() > 10);
  CHECK(sent<Request>(stage.local(0.2, report(5, 2, 1e-5))).empty());  // already asked
  Stage slow;
  slow.tell(0.0001, range(0, 1000, true));
  CHECK(sent<Request>(slow.local(0.1, report(0, 2, 1.0))).empty());
  CHECK(sent<Request>(slow.local(0.2, report(0, 1, 1.0))).at(0).idle == 1);
  CHECK(slow.worker.wake_below() == 0);
}

TEST_CASE("A worker that hears nothing for 30 s gives up, but not after its own sleep", "[unit]") {
  Stage stage;
  for (double t = 1; t < 30; ++t) CHECK(!stage.tick(t).hang);
  CHECK(stage.tick(30).hang);
  Stage asleep;
  asleep.tick(1);
  CHECK(!asleep.tick(100).hang);
  CHECK(sent<Heartbeat>(asleep.tick(101)).size() == 1);
}

TEST_CASE("A soft stop lets running tasks finish, then asks them to stop, then leaves them", "[unit]") {
  Stage stage;
  stage.tell(0, range(0, 100, true));
  const WorkerActions stop = stage.tell(1, Stop{StopKind::soft, 60});
  CHECK(stop.clear_queue);
  CHECK(!stop.request_stop);
  CHECK(stage.local(1, report(0, 2)).sends.empty());
  CHECK(!stage.tick(60).request_stop);
  CHECK(stage.tick(61).request_stop);
  CHECK(!stage.worker.finished());
  const auto bye = sent<Bye>(stage.tick(62));
  REQUIRE(bye.size() == 1);
  CHECK(bye[0].abandoned == 2);
  CHECK(stage.worker.finished());
}

TEST_CASE("A worker whose tasks finish in time hands them in before it says good-bye", "[unit]") {
  Stage stage;
  stage.tell(0, range(0, 100, true));
  stage.tell(1, Stop{StopKind::soft, 60});
  stage.local(1, report(0, 1));
  const WorkerActions last = stage.local(2, with_result(report(0, 0), 0, 5));
  REQUIRE(last.sends.size() == 2);
  CHECK(std::holds_alternative<Results>(last.sends[0].message));
  CHECK(std::get<Bye>(last.sends[1].message).abandoned == 0);
}

TEST_CASE("A hard stop drops running tasks at once", "[unit]") {
  Stage stage;
  stage.tell(0, range(0, 100, true));
  const WorkerActions stop = stage.tell(1, Stop{StopKind::hard, 0});
  CHECK(stop.clear_queue);
  CHECK(stop.request_stop);
  CHECK(sent<Bye>(stage.local(1, report(0, 2))).at(0).abandoned == 2);
}

TEST_CASE("A reset drops what waits and starts a new epoch", "[unit]") {
  Stage stage;
  stage.tell(0, range(0, 100, true));
  const WorkerActions reset = stage.tell(1, Reset{4});
  CHECK(reset.clear_queue);
  const WorkerActions again = stage.local(1, report(0, 1));
  std::vector<Request> asked = sent<Request>(reset);
  for (const Request& r : sent<Request>(again)) asked.push_back(r);
  REQUIRE(!asked.empty());
  CHECK(asked.back().epoch == 4);
  CHECK(asked.back().received == 0);
}

TEST_CASE("A blob on another rank is asked for once, and its absence or silence is reported", "[unit]") {
  Stage stage;
  Assignment a;
  a.chunks = 2;
  a.rounds.push_back({0, 0, 0, 8, {}, true, {}});
  a.tasks.push_back({0, 0, 10, 5, 3, {}});
  a.tasks.push_back({0, 0, 11, 5, 3, {}});
  const WorkerActions got = stage.tell(0, std::move(a));
  CHECK(got.start.empty());
  REQUIRE(sent<BlobRequest>(got).size() == 1);
  CHECK(got.sends[0].to == 3);
  const WorkerActions arrived = stage.tell(1, BlobReply{{0, 5}, true, Bytes(3)}, 3);
  REQUIRE(arrived.start.size() == 2);
  CHECK(arrived.start[1].blob->size() == 3);

  Stage other;
  Assignment b;
  b.chunks = 1;
  b.rounds.push_back({0, 0, 0, 8, {}, true, {}});
  b.tasks.push_back({0, 0, 12, 6, 3, {}});
  other.tell(0, Assignment(b));
  const auto missing = sent<BlobMissing>(other.tell(1, BlobReply{{0, 6}, false, {}}, 3));
  CHECK(missing.at(0).task == TaskId{0, 12});
  b.rounds.clear();
  other.tell(2, Assignment(b));
  CHECK(other.worker.deadline() <= 12);
  for (double t = 3; t < 12; ++t) CHECK(sent<BlobMissing>(other.tick(t)).empty());
  CHECK(sent<BlobMissing>(other.tick(12)).size() == 1);
}

TEST_CASE("A worker serves the blobs it has", "[unit]") {
  Stage stage;
  stage.blobs.put({0, 7}, Bytes(4));
  CHECK(sent<BlobReply>(stage.tell(0, BlobRequest{{0, 7}}, 2)).at(0).blob.size() == 4);
  CHECK(!sent<BlobReply>(stage.tell(0, BlobRequest{{0, 8}}, 2)).at(0).found);
}
