// SPDX-License-Identifier: Apache-2.0
// The driver with real ranks and threads: useful time of 1 ms tasks, trivial tasks over messages.
//
//   mpirun -n 2 benchmark_driver [runs, default 20] [result.json]     one worker thread a rank
//
// 1 ms tasks: a fixed amount of arithmetic, calibrated once. Before each run every rank does its share of the same work in
// a plain loop, all ranks at once: the limit of the machine at that moment. "useful" is the CPU time of the tasks over
// workers x wall time; "of the plain loop" compares wall times, so that a machine that drifts does not matter.
// Trivial tasks: a rank other than 0 gets its work and hands in its results by messages only.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "run/driver.hpp"
#include "shoal/measure/statistics.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/parallel/threads.hpp"

namespace {

using namespace shoal;

double seconds_since(run::SteadyClock::time_point start) {
  return std::chrono::duration<double>(run::SteadyClock::now() - start).count();
}

// A chain of dependent operations: the same time whatever the neighbours do to caches and ports.
double arithmetic(std::int64_t steps, double x) {
  for (std::int64_t i = 0; i < steps; ++i) x = x * 0.999999 + 1e-9;
  return x;
}

std::int64_t steps_of_a_millisecond() {
  double best = 1e9;
  constexpr std::int64_t kSteps = 1'000'000;
  for (int i = 0; i < 10; ++i) {
    const double start = parallel::thread_cpu_seconds();
    volatile double sink = arithmetic(kSteps, 1.0);
    static_cast<void>(sink);
    best = std::min(best, parallel::thread_cpu_seconds() - start);
  }
  return static_cast<std::int64_t>(1e-3 / best * kSteps);
}

// n independent tasks of so many steps each; 8 bytes of result.
class Steps final : public tasks::Job {
 public:
  Steps(std::int64_t n, std::int64_t steps) : n_(n), steps_(steps) {}
  std::int64_t result_bytes(std::int64_t) const override { return 8; }
  tasks::Round prepare_round(std::int64_t, std::int64_t round) override {
    return {round == 0 ? n_ : 0, tasks::kUnlimited, false, {}};
  }
  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    const double value = arithmetic(steps_, static_cast<double>(input.id.task));
    std::byte bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    output.result.insert(output.result.end(), bytes, bytes + sizeof value);
    return true;
  }
  void fold(tasks::TaskId, tasks::ByteView result) override {
    double value;
    std::memcpy(&value, result.data(), sizeof value);
    sum += value;
  }
  double sum = 0;

 private:
  std::int64_t n_;
  std::int64_t steps_;
};

struct Measured final : tasks::Observer {
  void chunk(const tasks::ChunkLog& log) override {
    cpu_seconds += log.cpu;
    if (log.rank > 0) far_tasks += log.count;
  }
  double cpu_seconds = 0;
  std::int64_t far_tasks = 0;
};

struct Figures {
  double wall_seconds = 0;
  double useful = 0;          // of workers x wall
  std::int64_t far_tasks = 0;
};

Figures measure_run(parallel::Comm& comm, std::int64_t n_tasks, std::int64_t steps) {
  Steps job(n_tasks, steps);
  Measured measured;
  run::DriveHooks hooks;
  hooks.observer = &measured;
  const run::DriveResult result = run::drive(job, comm, {}, {}, std::move(hooks));
  Figures figures;
  figures.wall_seconds = result.seconds;
  figures.useful = measured.cpu_seconds / (comm.size() * result.seconds);
  figures.far_tasks = measured.far_tasks;
  return figures;
}

// Every rank's share in a plain loop, all at once; the slowest counts.
double plain_seconds(parallel::Comm& comm, std::int64_t n_tasks, std::int64_t steps) {
  comm.barrier();
  const auto start = run::SteadyClock::now();
  double sum = 0;
  for (std::int64_t task = 0; task < n_tasks / comm.size(); ++task) sum += arithmetic(steps, static_cast<double>(task));
  volatile double sink = sum;
  static_cast<void>(sink);
  const std::vector<double> all = comm.gather(seconds_since(start));
  return all.empty() ? 0 : *std::max_element(all.begin(), all.end());
}

std::string summary_of(const char* name, const std::vector<double>& values) {
  const measure::Summary s = measure::summarise(values);
  return fmt::format("  {:<26} median {:7.4f}   min {:7.4f}   max {:7.4f}   mean {:7.4f} [{:7.4f}, {:7.4f}]\n", name, s.median,
                     s.minimum, s.maximum, s.mean, s.mean_interval.low, s.mean_interval.high);
}

}  // namespace

int main(int argc, char** argv) {
  const int n_runs = argc > 1 ? std::atoi(argv[1]) : 20;
  parallel::Session session;
  parallel::Comm& comm = session.comm();
  const bool is_root = comm.rank() == 0;
  const std::int64_t steps = comm.broadcast(steps_of_a_millisecond());

  std::vector<double> useful, ratio, near_rate, far_rate;
  const std::int64_t n_tasks = 500 * comm.size();
  const std::int64_t n_trivial = 2'000'000 * comm.size();
  for (int i = 0; i < n_runs; ++i) {
    const double plain = plain_seconds(comm, n_tasks, steps);
    const Figures tasks = measure_run(comm, n_tasks, steps);
    useful.push_back(tasks.useful);
    ratio.push_back(plain / tasks.wall_seconds);
    const Figures trivial = measure_run(comm, n_trivial, 0);
    near_rate.push_back(static_cast<double>(n_trivial - trivial.far_tasks) / trivial.wall_seconds / 1e6);
    if (comm.size() > 1) {
      far_rate.push_back(static_cast<double>(trivial.far_tasks) / (comm.size() - 1) / trivial.wall_seconds / 1e6);
    }
  }
  if (is_root) {
    fmt::print("{} ranks x 1 thread, {} runs\n", comm.size(), n_runs);
    fmt::print("1 ms tasks, {} a run (goal: 0.98, lower bound 0.95)\n", n_tasks);
    fmt::print("{}{}", summary_of("useful", useful), summary_of("of the plain loop", ratio));
    fmt::print("trivial tasks, {} a run, million/s a rank (goal: 1 over messages)\n{}", n_trivial, summary_of("rank 0", near_rate));
    if (!far_rate.empty()) fmt::print("{}", summary_of("other ranks, by messages", far_rate));
    if (argc > 2) {
      std::ofstream(argv[2]) << fmt::format(
          "{{\"ranks\": {}, \"useful\": [{}], \"of_plain_loop\": [{}], \"near_million_per_second\": [{}], "
          "\"far_million_per_second\": [{}]}}\n",
          comm.size(), fmt::join(useful, ", "), fmt::join(ratio, ", "), fmt::join(near_rate, ", "), fmt::join(far_rate, ", "));
    }
  }
  return session.finish(ExitCode::complete);
}
