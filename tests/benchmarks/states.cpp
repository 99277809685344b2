// SPDX-License-Identifier: Apache-2.0
// What it costs to keep the states of worker threads, and whether they account for all of the time.
//
//   benchmark_states [runs, default 15] [result.json]
//   mpirun -n 2 benchmark_states ...                     the last part with real ranks
//
// Cost: the worst case is trivial tasks (8 bytes of result, no arithmetic). The same run with and without states by turns,
// two threads; compared by CPU time of the process, because the machine may have other work. Goal: under 1 %.
// Account: states of all threads over ranks x threads x wall time of a run. Goal: within 1 %.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "run/driver.hpp"
#include "shoal/measure/clock.hpp"
#include "shoal/measure/in_state.hpp"
#include "shoal/measure/statistics.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/tasks/local_queue.hpp"

namespace {

using namespace shoal;
using measure::monotonic_seconds;
using measure::ThreadState;

// Task k gives k in 8 bytes, after so many steps of arithmetic.
class Trivial final : public tasks::Job {
 public:
  explicit Trivial(std::int64_t n, std::int64_t steps = 0) : n_(n), steps_(steps) {}
  std::int64_t result_bytes(std::int64_t) const override { return 8; }
  tasks::Round prepare_round(std::int64_t, std::int64_t round) override { return {round == 0 ? n_ : 0, tasks::kUnlimited, false, {}}; }
  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    double x = static_cast<double>(input.id.task);
    for (std::int64_t i = 0; i < steps_; ++i) x = x * 0.999999 + 1e-9;
    std::byte bytes[sizeof x];
    std::memcpy(bytes, &x, sizeof x);
    output.result.insert(output.result.end(), bytes, bytes + sizeof x);
    return true;
  }
  void fold(tasks::TaskId, tasks::ByteView) override {}

 private:
  std::int64_t n_;
  std::int64_t steps_;
};

// One rank with real threads and without MPI, whose threads keep their states or not.
class Rank {
 public:
  Rank(tasks::Job& job, int n_threads, bool with_states)
      : queue_(job, 0, n_threads, policy_, blobs_, {monotonic_seconds, measure::thread_cpu_seconds, [this] { wake(); }, {}}),
        worker_(job, 0, n_threads, policy_, blobs_),
        coordinator_(job, policy_, {n_threads}, journal_),
        states_(n_threads) {
    states_.start(monotonic_seconds());
    for (int t = 0; t < n_threads; ++t)
      threads_.emplace_back([this, t, with_states] {
        std::optional<measure::ThreadSeat> seat;
        if (with_states) seat.emplace(states_, t, clock_);
        queue_.work(t);
      });
  }

  void run() {
    coordinator_.start(monotonic_seconds(), from_coordinator_);
    worker_.start(monotonic_seconds(), from_worker_);
    while (!coordinator_.finished()) {
      deliver();
      sleep();
      worker_.on_local(monotonic_seconds(), queue_.report(), from_worker_);
      if (monotonic_seconds() >= worker_.deadline()) worker_.on_timer(monotonic_seconds(), from_worker_);
      if (monotonic_seconds() >= coordinator_.deadline()) coordinator_.on_timer(monotonic_seconds(), from_coordinator_);
      deliver();
    }
    queue_.close();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void deliver() {
    while (!from_worker_.sends.empty() || !from_coordinator_.sends.empty() || !from_worker_.start.empty()) {
      if (!from_worker_.start.empty()) {
        queue_.carry_out(from_worker_);
        worker_.on_local(monotonic_seconds(), queue_.report(), from_worker_);
      }
      for (tasks::Send& send : std::exchange(from_worker_.sends, {}))
        coordinator_.on_message(monotonic_seconds(), 0, std::move(send.message), from_coordinator_);
      for (tasks::Send& send : std::exchange(from_coordinator_.sends, {}))
        worker_.on_message(monotonic_seconds(), 0, std::move(send.message), from_worker_);
    }
    queue_.set_wake_below(worker_.wake_below());
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    awake_ = true;
    condition_.notify_one();
  }
  void sleep() {
    if (queue_.news()) return;
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, std::chrono::milliseconds(5), [&] { return awake_; });
    awake_ = false;
  }

  tasks::Policy policy_;
  tasks::MemoryBlobStore blobs_;
  tasks::NoJournal journal_;
  tasks::LocalQueue queue_;
  tasks::Worker worker_;
  tasks::Coordinator coordinator_;
  tasks::WorkerActions from_worker_;
  tasks::CoordinatorActions from_coordinator_;
  measure::RankClock states_;
  const std::function<double()> clock_ = monotonic_seconds;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool awake_ = false;
  std::vector<std::thread> threads_;
};

double change_nanoseconds() {
  measure::RankClock clock(2);
  clock.start(0);
  constexpr int kChanges = 2'000'000;
  const double start = monotonic_seconds();
  for (int i = 0; i < kChanges; ++i) clock.enter(0, i % 2 == 0 ? ThreadState::useful : ThreadState::wait_task, 1e-6 * i);
  return 1e9 * (monotonic_seconds() - start) / kChanges;
}

double run_cpu_seconds(std::int64_t n, bool with_states) {
  Trivial job(n);
  const double cpu = measure::process_cpu_seconds();
  Rank(job, 2, with_states).run();
  return measure::process_cpu_seconds() - cpu;
}

// States of all threads over ranks x threads x wall time.
double accounted_share(parallel::Comm& comm, int threads) {
  Trivial job(20000, 100'000);  // about a second: the ends of a run, a few milliseconds, must not count for more than they do
  const run::DriveResult result = run::drive(job, comm, {}, {.threads = threads});
  double sum = 0;
  for (const run::RankUsage& rank : result.usage)
    for (const measure::ThreadTimes& thread : rank.states.threads) sum += measure::in_seconds(thread.total());
  return result.seconds > 0 ? sum / (comm.size() * threads * result.seconds) : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int n_runs = argc > 1 ? std::atoi(argv[1]) : 15;
  parallel::Session session;
  const bool is_root = session.comm().rank() == 0;
  std::vector<double> with, without, ratio, account;
  if (is_root) {
    constexpr std::int64_t kTasks = 4'000'000;
    for (int i = 0; i < n_runs; ++i) {
      const bool first = i % 2 == 0;
      const double a = run_cpu_seconds(kTasks, first), b = run_cpu_seconds(kTasks, !first);
      with.push_back(first ? a : b);
      without.push_back(first ? b : a);
      ratio.push_back(with.back() / without.back());
    }
    const auto interval = measure::median_interval(ratio);
    fmt::print("a change of state takes {:.0f} ns, two a slice of work (0.2 ms or one task)\n", change_nanoseconds());
    fmt::print("{} trivial tasks, 2 threads, {} pairs of runs: CPU time {:.4f} s with states, {:.4f} s without (medians)\n", kTasks, n_runs,
               measure::median(with), measure::median(without));
    fmt::print("  with / without: median {:.4f} [{:.4f}, {:.4f}]   (goal: under 1.01)\n", measure::median(ratio), interval.low, interval.high);
  }
  session.comm().barrier();
  for (const int threads : {1, 2, 3}) {
    std::vector<double> shares;
    for (int i = 0; i < n_runs; ++i) shares.push_back(accounted_share(session.comm(), threads));
    if (!is_root) continue;
    account.push_back(measure::median(shares));
    fmt::print("{} ranks x {} threads: states account for {:.3f} % of ranks x threads x wall (smallest {:.3f} %)\n", session.comm().size(),
               threads, 100 * account.back(), 100 * *std::min_element(shares.begin(), shares.end()));
  }
  if (is_root && argc > 2) {
    std::ofstream(argv[2]) << fmt::format("{{\"with_cpu_seconds\": [{}], \"without_cpu_seconds\": [{}], \"accounted_share\": [{}]}}\n",
                                          fmt::join(with, ", "), fmt::join(without, ", "), fmt::join(account, ", "));
  }
  return session.finish(ExitCode::complete);
}
