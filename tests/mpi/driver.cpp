// SPDX-License-Identifier: Apache-2.0
#include "run/driver.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "catch.hpp"
#include "mixed_job.hpp"
#include "mpi_tests.hpp"
#include "shoal/tasks/serial.hpp"

namespace shoal::run {
namespace {

using test::MixedJob;

std::uint64_t serial_digest() {
  MixedJob job;
  const tasks::RunSummary summary = tasks::run_serial(job, tasks::Policy{});
  REQUIRE(summary.outcome == tasks::Outcome::complete);
  return job.digest();
}

// What rank 0 knows, on every rank.
template <class T>
T of_rank_0(T value) {
  return test::comm().broadcast(value);
}

bool is_root() { return test::comm().rank() == 0; }

TEST_CASE("the history is that of the serial driver for every number of threads", "[mpi]") {
  const std::uint64_t expected = serial_digest();
  for (const int threads : {1, 3}) {
    MixedJob job;
    const DriveResult result = drive(job, test::comm(), {}, {.threads = threads});
    CHECK(result.code == ExitCode::complete);
    CHECK_FALSE(result.abandon);
    if (!is_root()) continue;
    CHECK(job.digest() == expected);
    CHECK(result.outcome == tasks::Outcome::complete);
    CHECK(result.usage.size() == static_cast<std::size_t>(test::comm().size()));
    for (std::size_t rank = 0; rank < result.usage.size(); ++rank) {
      CHECK(result.usage[rank].rank == static_cast<int>(rank));
      CHECK(result.usage[rank].threads == threads);
    }
  }
}

TEST_CASE("ranks may have different numbers of threads", "[mpi]") {
  MixedJob job;
  const DriveResult result = drive(job, test::comm(), {}, {.threads = 1 + test::comm().rank()});
  CHECK(result.code == ExitCode::complete);
  if (is_root()) CHECK(job.digest() == serial_digest());
}

TEST_CASE("tasks of all durations give the same history", "[mpi]") {
  MixedJob job;
  job.during_run = [](const tasks::TaskInput& input) {
    return test::nap(input, input.id.task % 13 == 0 ? 0.01 : 0);
  };
  const DriveResult result = drive(job, test::comm(), {}, {.threads = 2});
  CHECK(result.code == ExitCode::complete);
  if (is_root()) CHECK(job.digest() == serial_digest());
}

// Counts its syncs; each covers all records appended before it began.
struct CountingJournal final : tasks::Journal {
  void append(const tasks::ResultRun& run) override {
    const std::lock_guard lock(mutex);
    runs.push_back(run);
  }
  std::mutex mutex;
  std::vector<tasks::ResultRun> runs;
};

// Goes on with short rounds until enough has been seen, however fast or slow the machine is.
struct PatientJob final : MixedJob {
  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override {
    tasks::Round next = MixedJob::prepare_round(stream, round);
    if (stream == rounds && next.n_tasks == 0 && !has_seen_enough()) next.n_tasks = 1;
    return next;
  }
  std::function<bool()> has_seen_enough;
};

TEST_CASE("records, snapshots, progress and the final result go through the hooks", "[mpi]") {
  std::atomic<int> snapshots{0};
  int copies = 0;
  int progress = 0;
  PatientJob job;
  job.has_seen_enough = [&] { return copies > 1 && progress > 1; };
  job.during_run = [](const tasks::TaskInput& input) { return test::nap(input, 0.002); };
  tasks::Policy policy;
  policy.snapshot_seconds = 0.05;
  CountingJournal journal;
  std::size_t synced = 0;
  std::size_t synced_before_finish = 0;
  const auto main_thread = std::this_thread::get_id();
  bool right_threads = true;
  DriveHooks hooks;
  hooks.journal = &journal;
  hooks.sync = [&] {
    right_threads = right_threads && std::this_thread::get_id() != main_thread;
    const std::lock_guard lock(journal.mutex);
    synced = journal.runs.size();
  };
  hooks.snapshot = [&]() -> std::function<void()> {
    right_threads = right_threads && std::this_thread::get_id() == main_thread;
    ++copies;
    return [&] { ++snapshots; };
  };
  hooks.progress = [&](const DriveStatus& status) {
    ++progress;
    CHECK(status.progress.counts.done >= status.progress.counts.folded);
  };
  hooks.finish = [&](const DriveResult& result) {
    synced_before_finish = synced;
    return result.outcome == tasks::Outcome::complete ? ExitCode::too_many_failed : ExitCode::internal;
  };
  DriveOptions options{.threads = 2};
  options.progress_seconds = 0.02;
  options.sync_seconds = 0.05;
  const DriveResult result = drive(job, test::comm(), policy, options, is_root() ? std::move(hooks) : DriveHooks{});
  CHECK(result.code == ExitCode::too_many_failed);  // the code of `finish`, on every rank
  if (!is_root()) return;
  CHECK(right_threads);
  CHECK(copies > 1);
  CHECK(snapshots == copies);
  CHECK(progress > 1);
  CHECK(journal.runs.size() > 0);
  CHECK(synced_before_finish == journal.runs.size());
}

// Runs until a time limit, which comes before the end: some tasks wait for their stop token. What was done is in `journal`.
void run_into_limit(CountingJournal& journal, std::chrono::milliseconds limit) {
  MixedJob job;
  job.during_run = [](const tasks::TaskInput& input) {
    return test::nap(input, input.id.stream == MixedJob::independent && input.id.task >= 900 ? 1e9 : 0.002);
  };
  DriveHooks hooks;
  hooks.journal = &journal;
  tasks::Policy policy;
  policy.stop_grace_seconds = 0.05;
  policy.abandon_seconds = 100;  // they obey in milliseconds, but a busy machine may keep them from it
  DriveOptions options{.threads = 2};
  options.stop_at = SteadyClock::now() + limit;
  const DriveResult result = drive(job, test::comm(), policy, options, is_root() ? std::move(hooks) : DriveHooks{});
  CHECK(result.code == ExitCode::resumable);
  if (is_root()) CHECK(result.stop_reason == "time limit");
}

TEST_CASE("a run that was stopped continues from its journal with the same history", "[mpi]") {
  CountingJournal journal;
  for (auto limit = std::chrono::milliseconds(150); of_rank_0(journal.runs.empty()); limit *= 4) {
    REQUIRE(limit < std::chrono::minutes(10));
    run_into_limit(journal, limit);
  }
  MixedJob job;
  DriveHooks again;
  again.replay = journal.runs;
  const DriveResult result = drive(job, test::comm(), {}, {.threads = 1}, is_root() ? std::move(again) : DriveHooks{});
  CHECK(result.code == ExitCode::complete);
  if (!is_root()) return;
  CHECK(job.digest() == serial_digest());
  CHECK(result.counts.reused > 0);
  CHECK(result.counts.reused < result.counts.done);
}

TEST_CASE("a task that throws ends the run with its text and code on all ranks", "[mpi]") {
  MixedJob job;
  job.during_run = [](const tasks::TaskInput& input) {
    if (input.id.stream == MixedJob::rounds && input.id.task == 7) throw InputError("row 8 has no target");
    return test::nap(input, 0.001);
  };
  const DriveResult result = drive(job, test::comm(), {}, {.threads = 2});
  CHECK(result.code == ExitCode::invalid_input);
  if (!is_root()) return;
  CHECK(result.outcome == tasks::Outcome::failed);
  CHECK(result.message == "task 7 of stream 2: row 8 has no target");
}

TEST_CASE("a failing sync stops the run with its code on all ranks and writes nothing more", "[mpi]") {
  MixedJob job;
  job.during_run = [](const tasks::TaskInput& input) { return test::nap(input, 0.01); };
  CountingJournal journal;
  DriveHooks hooks;
  hooks.journal = &journal;
  hooks.sync = [] { throw SystemError("fsync: no space left on device"); };
  bool finished = false;
  hooks.finish = [&](const DriveResult&) {
    finished = true;
    return ExitCode::complete;
  };
  DriveOptions options{.threads = 1};
  options.sync_seconds = 0.01;
  const DriveResult result = drive(job, test::comm(), {}, options, is_root() ? std::move(hooks) : DriveHooks{});
  CHECK(result.code == ExitCode::io);
  if (!is_root()) return;
  CHECK(result.message == "fsync: no space left on device");
  CHECK_FALSE(finished);
}

TEST_CASE("an error of the final result becomes the code of all ranks", "[mpi]") {
  MixedJob job;
  DriveHooks hooks;
  hooks.finish = [](const DriveResult&) -> ExitCode { throw SystemError("rename: not permitted", ExitCode::permission); };
  const DriveResult result = drive(job, test::comm(), {}, {.threads = 1}, is_root() ? std::move(hooks) : DriveHooks{});
  CHECK(result.code == ExitCode::permission);
  if (is_root()) CHECK(result.message == "rename: not permitted");
}

TEST_CASE("a hook that throws on the main thread ends the run on all ranks", "[mpi]") {
  MixedJob job;
  job.during_run = [](const tasks::TaskInput& input) { return test::nap(input, 0.005); };
  DriveHooks hooks;
  hooks.progress = [](const DriveStatus&) { throw std::runtime_error("broken pipe"); };
  DriveOptions options{.threads = 2};
  options.progress_seconds = 0.02;
  const DriveResult result = drive(job, test::comm(), {}, options, is_root() ? std::move(hooks) : DriveHooks{});
  CHECK(result.code == ExitCode::internal);
  if (is_root()) CHECK(result.message == "internal error: broken pipe");
}

TEST_CASE("a journal that throws ends the run with its code on all ranks", "[mpi]") {
  struct FullJournal final : tasks::Journal {
    void append(const tasks::ResultRun&) override { throw SystemError("write: no space left on device"); }
  } journal;
  MixedJob job;
  DriveHooks hooks;
  hooks.journal = &journal;
  const DriveResult result = drive(job, test::comm(), {}, {.threads = 1}, is_root() ? std::move(hooks) : DriveHooks{});
  CHECK(result.code == ExitCode::io);
  if (is_root()) CHECK(result.message == "write: no space left on device");
}

// A job without tasks.
struct EmptyJob final : tasks::Job {
  tasks::Round prepare_round(std::int64_t, std::int64_t) override { return {}; }
  bool run(const tasks::TaskInput&, tasks::Workspace*, tasks::TaskOutput&) const override { return true; }
  void fold(tasks::TaskId, tasks::ByteView) override {}
};

TEST_CASE("a job without tasks is complete at once", "[mpi]") {
  EmptyJob job;
  const DriveResult result = drive(job, test::comm(), {}, {.threads = 2});
  CHECK(result.code == ExitCode::complete);
}

// The number of losses in a run whose final result takes twice as long to write as the silence that counts as loss.
int losses_while_finishing(double lost_seconds) {
  MixedJob job;
  tasks::Policy policy;
  policy.heartbeat_seconds = 0.05;
  policy.lost_seconds = lost_seconds;
  policy.hang_seconds = 600;
  int n_losses = 0;
  DriveHooks hooks;
  hooks.rank_changed = [&n_losses](int, bool lost) { n_losses += lost ? 1 : 0; };
  hooks.finish = [lost_seconds](const DriveResult& result) {
    std::this_thread::sleep_for(std::chrono::duration<double>(2 * lost_seconds));
    return result.code;
  };
  const DriveResult result = drive(job, test::comm(), policy, {.threads = 1}, is_root() ? std::move(hooks) : DriveHooks{});
  CHECK(result.code == ExitCode::complete);
  for (int rank = 1; rank < test::comm().size(); ++rank) test::comm().mark_alive(rank);
  return of_rank_0(n_losses);
}

TEST_CASE("heartbeats go on while the final result is written for longer than the silence that counts as loss", "[mpi]") {
  // A machine that stands still for as long makes healthy ranks look lost: then with longer times again.
  for (const double lost_seconds : {0.6, 4.0, 20.0}) {
    if (losses_while_finishing(lost_seconds) == 0) return;
  }
  FAIL("silent while the final result was written");
}

}  // namespace
}  // namespace shoal::run
