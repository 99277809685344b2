// SPDX-License-Identifier: Apache-2.0
// The scheduler: throughput of trivial tasks with two threads, memory of finished tasks, and simulated clusters.
//   benchmark_tasks [largest number of simulated ranks, default 4096]
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/local_queue.hpp"
#include "shoal/tasks/serial.hpp"
#include "shoal/tasks/simulate.hpp"
#include "shoal/tasks/worker.hpp"

using namespace shoal::tasks;

namespace {

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double thread_cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Task k gives k in 8 bytes. Nothing is folded before task 0 is known if `hold_first` (memory of unfolded results).
class Trivial final : public Job {
 public:
  explicit Trivial(std::int64_t n) : n_(n) {}
  std::int64_t result_bytes(std::int64_t) const override { return 8; }
  Round prepare_round(std::int64_t, std::int64_t round) override { return {round == 0 ? n_ : 0, kUnlimited, false, {}}; }
  bool run(const TaskInput& in, Workspace*, TaskOutput& out) const override {
    std::byte bytes[8];
    std::memcpy(bytes, &in.id.task, 8);
    out.result.insert(out.result.end(), bytes, bytes + 8);
    return true;
  }
  void fold(TaskId id, ByteView result) override {
    std::int64_t value = 0;
    std::memcpy(&value, result.data(), 8);
    sum += value ^ id.task;
    ++n_folded;
  }
  std::int64_t sum = 0;
  std::int64_t n_folded = 0;

 private:
  std::int64_t n_;
};

// One rank with real threads: what the MPI driver does, without MPI.
class ThreadedRank {
 public:
  ThreadedRank(Job& job, const Policy& policy, int n_threads)
      : queue_(job, 0, n_threads, policy, blobs_, {clock_seconds, thread_cpu_seconds, [this] { wake(); }, {}}),
        worker_(job, 0, n_threads, policy, blobs_), coordinator_(job, policy, {n_threads}, journal_) {
    for (int t = 0; t < n_threads; ++t) threads_.emplace_back([this, t] { queue_.work(t); });
  }

  void run() {
    coordinator_.start(clock_seconds(), from_coordinator_);
    worker_.start(clock_seconds(), from_worker_);
    while (!coordinator_.finished()) {
      deliver();
      sleep();
      worker_.on_local(clock_seconds(), queue_.report(), from_worker_);
      if (clock_seconds() >= worker_.deadline()) worker_.on_timer(clock_seconds(), from_worker_);
      if (clock_seconds() >= coordinator_.deadline()) coordinator_.on_timer(clock_seconds(), from_coordinator_);
      ++n_turns;
      deliver();
    }
    queue_.close();
    for (std::thread& t : threads_) t.join();
  }

  std::int64_t n_turns = 0;

 private:
  void deliver() {
    while (!from_worker_.sends.empty() || !from_coordinator_.sends.empty() || from_worker_.clear_queue ||
           !from_worker_.start.empty()) {
      if (from_worker_.clear_queue || !from_worker_.start.empty()) {
        queue_.carry_out(from_worker_);
        worker_.on_local(clock_seconds(), queue_.report(), from_worker_);
      }
      for (Send& s : std::exchange(from_worker_.sends, {}))
        coordinator_.on_message(clock_seconds(), 0, std::move(s.message), from_coordinator_);
      for (Send& s : std::exchange(from_coordinator_.sends, {}))
        worker_.on_message(clock_seconds(), 0, std::move(s.message), from_worker_);
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

  MemoryBlobStore blobs_;
  NoJournal journal_;
  LocalQueue queue_;
  Worker worker_;
  Coordinator coordinator_;
  WorkerActions from_worker_;
  CoordinatorActions from_coordinator_;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool awake_ = false;
  std::vector<std::thread> threads_;
};

void throughput(std::int64_t n, OrderKind order) {
  std::vector<double> rates;
  std::int64_t turns = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    Trivial job(n);
    Policy policy;
    policy.order = order;
    ThreadedRank rank(job, policy, 2);
    const double start = clock_seconds();
    rank.run();
    rates.push_back(static_cast<double>(n) / (clock_seconds() - start) / 1e6);
    turns = rank.n_turns;
    if (job.n_folded != n || job.sum != 0) fmt::print("  WRONG: {} folded\n", job.n_folded);
  }
  std::sort(rates.begin(), rates.end());
  fmt::print("  2 threads, order {:<13} {:6.2f} million/s  (min {:.2f}, max {:.2f}; {} turns of the main thread)\n",
             order_name(order), rates[2], rates.front(), rates.back(), turns);
}

void serial_throughput(std::int64_t n) {
  Trivial job(n);
  const double start = clock_seconds();
  run_serial(job, Policy{});
  fmt::print("  serial driver              {:6.2f} million/s\n", static_cast<double>(n) / (clock_seconds() - start) / 1e6);
}

// Heap of rank 0 with n results that cannot be folded because task 0 is missing, each handed in alone.
void memory(std::int64_t n, bool scattered) {
  Trivial job(n);
  NoJournal journal;
  Policy policy;
  policy.order = scattered ? OrderKind::bit_reversed : OrderKind::natural;
  CoordinatorActions actions;
  Coordinator coordinator(job, policy, {1, 1}, journal);
  coordinator.start(0, actions);
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  for (std::int64_t p = 1; p < n; ++p) {
    ResultRun run{0, 0, make_order(policy.order, n), p, 1, Bytes(8), {}};
    Results results;
    results.runs.push_back(std::move(run));
    coordinator.on_message(1, 1, std::move(results), actions);
    actions.clear();
  }
  const double used = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd - before) / static_cast<double>(n);
  fmt::print("  {:<13} {:6.1f} bytes a finished, unfolded task beyond its result\n", order_name(policy.order), used - 8);
}

void cluster(int n_ranks, double mean_seconds, int tasks_per_rank, ChunkRule rule) {
  Trivial job(static_cast<std::int64_t>(n_ranks) * tasks_per_rank);
  Policy policy;
  policy.chunks = rule;
  SimulationModel model;
  model.n_ranks = n_ranks;
  // Between half and one and a half times the mean, by a hash of the task.
  model.task_seconds = [=](TaskId id) {
    const std::uint64_t h = (static_cast<std::uint64_t>(id.task) + 1) * 0x9e3779b97f4a7c15U;
    return mean_seconds * (0.5 + static_cast<double>(h >> 11) * 0x1p-53);
  };
  const double start = clock_seconds();
  const SimulationResult r = simulate(job, policy, model);
  fmt::print(
      "  {:>5} ranks, {:>5.0f} ms, {:>4} tasks a rank, {:<13} efficiency {:5.1f} %   rank 0 busy {:4.1f} %   {} messages   "
      "({:.1f} s to simulate)\n",
             n_ranks, 1e3 * mean_seconds, tasks_per_rank, chunk_rule_name(rule), 100 * r.efficiency,
             100 * r.rank0_busy_seconds / r.summary.seconds, r.messages, clock_seconds() - start);
}

}  // namespace

int main(int argc, char** argv) {
  const int largest = argc > 1 ? std::atoi(argv[1]) : 4096;
  fmt::print("10 million trivial tasks in one rank (goal: 5 million/s or more with 2 threads)\n");
  throughput(10'000'000, OrderKind::natural);
  throughput(10'000'000, OrderKind::bit_reversed);
  serial_throughput(10'000'000);
  fmt::print("Memory of rank 0 (goal: under 200 bytes)\n");
  memory(200'000, false);
  memory(200'000, true);
  fmt::print("Simulated clusters: latency 5 to 50 us, 5 us of rank 0 for each message (goal: 95 % at 1024 ranks, 100 ms)\n");
  cluster(2, 0.001, 5000, ChunkRule::automatic);
  for (int n = 64; n <= largest; n *= 4) cluster(n, 0.1, 100, ChunkRule::automatic);
  cluster(std::min(1024, largest), 0.1, 100, ChunkRule::one);
  cluster(std::min(1024, largest), 0.1, 100, ChunkRule::guided);
  cluster(std::min(1024, largest), 0.01, 300, ChunkRule::automatic);
}
