// SPDX-License-Identifier: Apache-2.0
// The states of worker threads in real runs: tasks of known kinds, ranks that only wait, threads that wait for the horizon.
#include <cstring>

#include "catch.hpp"
#include "mixed_job.hpp"
#include "mpi_tests.hpp"
#include "run/driver.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::run {
namespace {

using measure::ThreadState;

constexpr double kTaskSeconds = 0.05;
constexpr int kTasks = 5;  // one by one

// `n` tasks in one stream; task k may look at the first k - window results.
class Tasks final : public tasks::Job {
 public:
  Tasks(std::int64_t n, std::int64_t window, std::function<bool(const tasks::TaskInput&)> body)
      : n_(n), window_(window), body_(std::move(body)) {}
  std::int64_t result_bytes(std::int64_t) const override { return 8; }
  tasks::Round prepare_round(std::int64_t, std::int64_t round) override {
    tasks::Round next;
    next.n_tasks = round == 0 ? n_ : 0;
    next.window = window_;
    next.prepared = true;
    return next;
  }
  std::optional<tasks::Prepared> prepare(tasks::TaskId, const tasks::Pending*) override { return tasks::Prepared{}; }
  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    output.result.resize(output.result.size() + 8);
    return body_(input);
  }
  void fold(tasks::TaskId, tasks::ByteView) override {}

 private:
  std::int64_t n_;
  std::int64_t window_;
  std::function<bool(const tasks::TaskInput&)> body_;
};

struct Slices final : tasks::Observer {
  void chunk(const tasks::ChunkLog& log) override {
    seconds += log.end - log.start;
    cpu += log.cpu;
  }
  double seconds = 0;
  double cpu = 0;
};

bool spin(const tasks::TaskInput&) {
  const double end = parallel::thread_cpu_seconds() + kTaskSeconds;
  while (parallel::thread_cpu_seconds() < end) {
  }
  return true;
}

bool sleep(const tasks::TaskInput& input) { return test::nap(input, kTaskSeconds); }

struct Measured {
  DriveResult result;
  Slices slices;
};

Measured run(tasks::Job& job, int threads) {
  Measured measured;
  DriveHooks hooks;
  hooks.observer = &measured.slices;
  measured.result = drive(job, test::comm(), {}, {.threads = threads}, test::comm().rank() == 0 ? std::move(hooks) : DriveHooks{});
  CHECK(measured.result.code == ExitCode::complete);
  return measured;
}

double seconds_in(const DriveResult& result, ThreadState state) {
  double sum = 0;
  for (const RankUsage& rank : result.usage)
    for (const measure::ThreadTimes& thread : rank.states.threads) sum += measure::in_seconds(thread.of(state));
  return sum;
}

TEST_CASE("the states of every thread sum to its rank's wall time, to the nanosecond", "[mpi]") {
  for (const int threads : {1, 3}) {
    test::MixedJob job;
    const Measured measured = run(job, threads);
    for (const RankUsage& rank : measured.result.usage) {
      CHECK(rank.states.threads.size() == static_cast<std::size_t>(threads));
      for (const measure::ThreadTimes& thread : rank.states.threads) CHECK(thread.total() == rank.states.wall());
      CHECK(measure::in_seconds(rank.states.wall()) == Approx(rank.wall_seconds).margin(1e-8));
    }
  }
}

TEST_CASE("a rank that only waits has no useful time, whatever CPU time it uses", "[mpi]") {
  Tasks job(1, tasks::kUnlimited, sleep);
  const Measured measured = run(job, 2);
  if (test::comm().rank() != 0) return;
  int useful = 0;
  for (const RankUsage& rank : measured.result.usage) {
    for (const measure::ThreadTimes& thread : rank.states.threads) {
      if (thread.of(ThreadState::useful) > 0) ++useful;
      else CHECK(thread.of(ThreadState::wait_task) + thread.of(ThreadState::wait_horizon) == rank.states.wall());
    }
    CHECK(rank.process_cpu_seconds > 0);
  }
  CHECK(useful == 1);
}

TEST_CASE("tasks that spin and tasks that sleep are equally useful, but CPU time tells them apart", "[mpi]") {
  Tasks spinning(3, tasks::kUnlimited, spin);
  const Measured spun = run(spinning, 1);
  Tasks sleeping(3, tasks::kUnlimited, sleep);
  const Measured slept = run(sleeping, 1);
  if (test::comm().rank() != 0) return;
  CHECK(spun.slices.cpu >= 3 * kTaskSeconds);
  CHECK(slept.slices.cpu < 0.5 * slept.slices.seconds);
  for (const Measured* measured : {&spun, &slept}) {
    CHECK(measured->slices.seconds >= 3 * kTaskSeconds);
    CHECK(seconds_in(measured->result, ThreadState::useful) == Approx(measured->slices.seconds).epsilon(1e-6));
  }
}

// Seconds that all threads waited for the horizon while tasks of `seconds` ran one by one.
double waited_for_horizon(double seconds) {
  Tasks one_by_one(kTasks, 0, [seconds](const tasks::TaskInput& input) { return test::nap(input, seconds); });
  return test::comm().broadcast(seconds_in(run(one_by_one, 2).result, ThreadState::wait_horizon));
}

TEST_CASE("threads that could not start a task before others were done waited for the horizon", "[mpi]") {
  // All but one of the threads, during at least the three tasks between the first and the last. A machine that stands
  // still may let a rank come too late for that: then with longer tasks again.
  const double others = 2.0 * test::comm().size() - 1;
  double seconds = kTaskSeconds;
  while (waited_for_horizon(seconds) < 3 * seconds * others && seconds < 100 * kTaskSeconds) seconds *= 10;
  CHECK(seconds < 100 * kTaskSeconds);
  Tasks independent(kTasks, tasks::kUnlimited, sleep);
  const Measured free = run(independent, 2);
  if (test::comm().rank() == 0) CHECK(seconds_in(free.result, ThreadState::wait_horizon) == 0);
}

}  // namespace
}  // namespace shoal::run
