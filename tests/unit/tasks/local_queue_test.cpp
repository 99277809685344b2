// SPDX-License-Identifier: Apache-2.0
// Slices, packing, and the queue shared by real threads.
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/error.hpp"
#include "shoal/tasks/local_queue.hpp"
#include "shoal/tasks/progress.hpp"

using namespace shoal::tasks;

namespace {

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::shared_ptr<const RoundInfo> round_of(const Job& job, std::int64_t result_bytes, Order order = {}) {
  auto tasks = std::make_shared<const TaskOrder>(order, job, 0, 0);
  return std::make_shared<const RoundInfo>(RoundInfo{{0, 0, 0, result_bytes, order, false, {}}, std::move(tasks)});
}

WorkItem item_of(std::shared_ptr<const RoundInfo> round, std::int64_t first, std::int64_t count) {
  WorkItem item;
  item.round = std::move(round);
  item.first = first;
  item.count = count;
  return item;
}

}  // namespace

TEST_CASE("Threads take single slow tasks and thousands of quick ones at a time, never more than a fair share", "[unit]") {
  const fake::FakeJob job(fake::independent(100000));
  for (const double seconds : {1e-3, 1e-7}) {
    WorkPool pool(0, 2, Policy{});
    pool.push(item_of(round_of(job, 8), 0, 100000));
    for (int i = 0; i < 40; ++i) {
      const auto slice = pool.take();
      SliceResult result;
      result.run.count = slice->count;
      result.run.packed.resize(static_cast<std::size_t>(8 * slice->count));
      pool.finish(0, std::move(result), 0, seconds * static_cast<double>(slice->count), 0);
    }
    const double tasks = static_cast<double>(pool.take()->count);
    CHECK(tasks == Approx(seconds == 1e-3 ? 1 : 2000).epsilon(0.001));
  }
  WorkPool pool(0, 4, Policy{});
  pool.push(item_of(round_of(job, 8), 0, 10));
  SliceResult quick;
  quick.run.count = pool.take()->count;
  CHECK(quick.run.count == 1);  // nothing is known yet
  pool.finish(0, std::move(quick), 0, 1e-7, 0);
  CHECK(pool.take()->count == 3);  // nine left for four threads
}

TEST_CASE("A slice packs results with lengths only if sizes differ", "[unit]") {
  MemoryBlobStore blobs;
  const StopToken never;
  const fake::FakeJob fixed(fake::independent(10));
  const SliceResult a = run_slice(fixed, item_of(round_of(fixed, 8), 0, 10), nullptr, blobs, never);
  CHECK(a.run.count == 10);
  CHECK(a.run.packed.size() == 80);
  const fake::FakeJob varying(fake::independent(10), false);
  const SliceResult b = run_slice(varying, item_of(round_of(varying, 0), 0, 10), nullptr, blobs, never);
  std::size_t at = 0;
  for (int i = 0; i < 10; ++i) {
    std::uint32_t n = 0;
    std::memcpy(&n, b.run.packed.data() + at, 4);
    CHECK(n >= 8);
    at += 4 + n;
  }
  CHECK(at == b.run.packed.size());
}

TEST_CASE("A task that throws keeps the results before it; one of a wrong size is our own bug", "[unit]") {
  MemoryBlobStore blobs;
  const StopToken never;
  fake::FakeJob job(fake::independent(10));
  job.on_run = [](const TaskInput& in) {
    if (in.id.task == 6) throw shoal::InputError("column 3 is missing");
  };
  const SliceResult r = run_slice(job, item_of(round_of(job, 8), 2, 8), nullptr, blobs, never);
  CHECK(r.run.count == 4);
  CHECK(r.run.packed.size() == 32);
  REQUIRE(r.error);
  CHECK(r.error->text == "column 3 is missing");
  CHECK(r.error->exit_code == 65);
  job.on_run = nullptr;
  const SliceResult wrong = run_slice(job, item_of(round_of(job, 4), 0, 3), nullptr, blobs, never);
  CHECK(wrong.run.count == 0);
  CHECK(wrong.error->text == "task 0 of stream 0 wrote 8 bytes where the job promised 4");
}

TEST_CASE("A blob is in the store before the result that refers to it is handed in", "[unit]") {
  fake::StreamShape shape;
  shape.chains = 1;
  const fake::FakeJob job({shape});
  MemoryBlobStore blobs;
  const StopToken never;
  const SliceResult first = run_slice(job, item_of(round_of(job, 8), 0, 1), nullptr, blobs, never);
  CHECK(first.run.blobs == std::vector<std::int64_t>{0});
  CHECK(blobs.get({0, 0}));
  WorkItem next = item_of(round_of(job, 8), 1, 1);
  next.predecessor = 0;
  CHECK(run_slice(job, next, nullptr, blobs, never).run.count == 1);
  MemoryBlobStore empty;
  const SliceResult missing = run_slice(job, next, nullptr, empty, never);
  CHECK(missing.run.count == 0);
  REQUIRE(missing.missing);
  CHECK(missing.missing->task == TaskId{0, 1});
  CHECK(missing.missing->predecessor == 0);
  next.blob = *blobs.get({0, 0});  // came by message
  CHECK(run_slice(job, next, nullptr, empty, never).run.packed == run_slice(job, next, nullptr, blobs, never).run.packed);
}

TEST_CASE("The stop token ends a slice between tasks", "[unit]") {
  MemoryBlobStore blobs;
  StopToken stop;
  fake::FakeJob job(fake::independent(10));
  job.on_run = [&](const TaskInput& in) {
    if (in.id.task == 4) stop.request();
  };
  const SliceResult r = run_slice(job, item_of(round_of(job, 8), 0, 10), nullptr, blobs, stop);
  CHECK(r.run.count == 5);
  CHECK(!r.error);
}

TEST_CASE("Real threads run every task once and wake the main thread when they run dry", "[unit]") {
  std::atomic<int> wakes{0};
  std::atomic<int> ran{0};
  fake::FakeJob job(fake::independent(5000));
  job.on_run = [&](const TaskInput&) { ran.fetch_add(1); };
  MemoryBlobStore blobs;
  LocalQueue queue(job, 0, 3, Policy{}, blobs, {clock_seconds, {}, [&] { wakes.fetch_add(1); }, {}});
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) threads.emplace_back([&, t] { queue.work(t); });
  std::int64_t done = 0;
  const auto round = round_of(job, 8);
  for (int batch = 0; batch < 5; ++batch) {
    WorkerActions actions;
    actions.start.push_back(item_of(round, 1000 * batch, 1000));
    queue.carry_out(actions);
    for (const double end = clock_seconds() + 200; done < 1000 * (batch + 1) && clock_seconds() < end;) {
      for (const ResultRun& run : queue.report().runs) done += run.count;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  for (const double end = clock_seconds() + 200; wakes == 0 && clock_seconds() < end;) std::this_thread::yield();
  queue.close();
  for (std::thread& t : threads) t.join();
  CHECK(done == 5000);
  CHECK(ran == 5000);
  CHECK(wakes > 0);
}

TEST_CASE("A workspace that cannot be made is a task error, not the end of the process", "[unit]") {
  struct Greedy final : fake::FakeJob {
    using FakeJob::FakeJob;
    std::unique_ptr<Workspace> make_workspace() const override { throw shoal::SystemError("no memory for the workspace"); }
  } job(fake::independent(3));
  MemoryBlobStore blobs;
  LocalQueue queue(job, 0, 1, Policy{}, blobs, {clock_seconds, {}, {}, {}});
  WorkerActions actions;
  actions.start.push_back(item_of(round_of(job, 8), 0, 3));
  queue.carry_out(actions);
  std::thread thread([&] { queue.work(0); });
  LocalReport report;
  for (const double end = clock_seconds() + 200; report.errors.empty() && clock_seconds() < end;) {
    report = queue.report();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  queue.close();
  thread.join();
  REQUIRE(!report.errors.empty());
  CHECK(report.errors[0].text == "no memory for the workspace");
  CHECK(report.errors[0].exit_code == 74);
}

TEST_CASE("Progress tells rate and time to go over a sliding window, without what was reused", "[unit]") {
  ProgressMeter meter(100, 30);
  Counts counts;
  counts.total = 1500;
  counts.total_known = true;
  counts.done = counts.reused = 500;
  CHECK(meter.update(100, counts).eta_seconds == -1);
  for (int t = 1; t <= 10; ++t) {
    counts.done = 500 + 10 * t;
    const Progress p = meter.update(100 + t, counts);
    CHECK(p.rate == Approx(10));
    CHECK(p.eta_seconds == Approx((1000 - 10 * t) / 10.0));
    CHECK(p.elapsed_seconds == Approx(t));
  }
  for (int t = 11; t <= 60; ++t) {
    counts.done = 600 + 2 * (t - 10);  // slower now
    meter.update(100 + t, counts);
  }
  CHECK(meter.update(160, counts).rate == Approx(2).epsilon(0.05));
  counts.total_known = false;
  CHECK(meter.update(161, counts).eta_seconds == -1);
  counts.total_known = true;
  counts.done = 1500;
  CHECK(meter.update(162, counts).eta_seconds == 0);
}
