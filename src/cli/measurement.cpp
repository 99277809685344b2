// SPDX-License-Identifier: Apache-2.0
#include "cli/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/shell_word.hpp"
#include "run/driver.hpp"
#include "run/hashing_store.hpp"
#include "run/teams.hpp"
#include "run/terminal.hpp"
#include "shoal/tasks/policy.hpp"

namespace shoal::cli {
namespace {

constexpr double kWantedSeconds = 3600;   // a run that ends within an hour finds a place in most queues at once
constexpr double kLimitFactor = 1.5;      // tasks measured at the start may be shorter than the later ones
constexpr double kLimitExtra = 600;       // start of the job, reading, writing, stopping in order
constexpr double kShortTask = 1e-3;       // shorter tasks travel in chunks and need no window
constexpr double kWorthShare = 0.05;      // of waiting for the horizon, from which on fewer workers do as well

// Where the workers' time went. Their waiting for the last tasks after the time was over is no property of the job.
void judge(const run::Performance& figures, const run::Input& input, Measurement& measured) {
  const run::IdleCauses idle = figures.idle();
  const double before_the_end = figures.available_seconds() - idle.tail;
  if (before_the_end <= 0) return;
  measured.useful_share = figures.useful_seconds() / before_the_end;
  measured.horizon_share = idle.horizon / before_the_end;
  run::Performance without_tail = figures;
  for (run::WorkerFigures& worker : without_tail.workers) {
    worker.in_state[static_cast<std::size_t>(measure::ThreadState::wait_task)] -= worker.tail;
    worker.tail = 0;
  }
  measured.advice = run::advise(without_tail, {input.workload->estimate().max_parallel_tasks, run::search_window(input)});
}

}  // namespace

Measurement measure(run::Input& input, parallel::Session& session, int threads, double seconds) {
  tasks::Policy policy;
  policy.snapshot_seconds = 0;
  policy.stop_grace_seconds = seconds;
  policy.threads_per_task = run::threads_per_task(input);
  run::DriveOptions options;
  options.threads = run::choose_threads(threads, input);
  options.stop_at = run::SteadyClock::now() + std::chrono::duration_cast<run::SteadyClock::duration>(std::chrono::duration<double>(seconds));
  // All ranks of a run by default have as many threads; a rank that has others only misses in the figures.
  run::PerformanceLog log(std::vector<int>(static_cast<std::size_t>(session.comm().size()), options.threads));
  run::DriveHooks hooks;
  if (session.comm().rank() == 0) hooks.observer = &log;
  run::HashingStore store(input.workload->streamed_datasets());
  const run::DriveResult result = run::drive(input.workload->job(), session.comm(), policy, options, std::move(hooks), &store);
  if (result.outcome == tasks::Outcome::failed)
    throw SystemError(result.message, result.code == ExitCode::complete ? ExitCode::internal : result.code);

  Measurement measured;
  measured.n_tasks = result.counts.done;
  measured.seconds = result.seconds;
  measured.ranks = session.comm().size();
  measured.threads = options.threads;
  measured.threads_per_task = policy.threads_per_task;
  measured.task_seconds = log.figures(result.seconds).mean_task_seconds;  // by the log: of finished tasks alone
  judge(log.figures(result.seconds, result.usage), input, measured);
  return measured;
}

Recommendation recommend(const Measurement& measured, const workloads::Estimate& estimate, int cpus,
                         std::optional<std::int64_t> window) {
  Recommendation best;
  const int team = measured.threads_per_task;
  auto workers_a_rank = static_cast<std::int64_t>(std::max(1, cpus / team));
  const double work = measured.task_seconds * static_cast<double>(std::max<std::int64_t>(estimate.n_tasks, 0));
  auto workers = static_cast<std::int64_t>(std::max(static_cast<double>(workers_a_rank), std::ceil(work / kWantedSeconds)));
  best.reason = work > 0 ? fmt::format("{} of work", run::format_duration(work)) : "the number of tasks is not known beforehand";
  if (team > 1) best.reason += fmt::format("; {} threads a task", team);
  if (estimate.max_parallel_tasks > 0 && workers > estimate.max_parallel_tasks) {
    if (window && *window == estimate.max_parallel_tasks) best.window = workers;
    workers = estimate.max_parallel_tasks;
    best.reason += fmt::format("; at most {} tasks can run at the same time", run::format_count(estimate.max_parallel_tasks));
  }
  const int measured_workers = measured.ranks * (measured.threads / team);
  const double busy = measured_workers * (1 - measured.horizon_share);
  if (measured.horizon_share > kWorthShare && static_cast<double>(workers) > std::ceil(busy)) {
    workers = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(busy)));
    best.reason += fmt::format("; of {} workers {:.1f} had work, the others waited for the horizon", measured_workers, busy);
  }
  workers_a_rank = std::min(workers_a_rank, workers);
  best.threads = static_cast<int>(workers_a_rank) * team;
  best.ranks = static_cast<int>((workers + workers_a_rank - 1) / workers_a_rank);
  // The last tasks end alone: on average one task time is added.
  const double efficiency = measured.useful_share / std::max(1e-3, 1 - measured.horizon_share);  // handing out, files
  const double last = measured.task_seconds > kShortTask ? measured.task_seconds : 0;
  best.seconds = work > 0 ? work / static_cast<double>(workers) / std::clamp(efficiency, 1e-3, 1.0) + last : 0;
  best.limit_seconds = kLimitFactor * best.seconds + kLimitExtra;
  return best;
}

std::string slurm_time(double seconds) {
  const auto minutes = static_cast<std::int64_t>(std::ceil(std::max(seconds, 60.0) / 60));
  const std::int64_t days = minutes / 1440, hours = minutes / 60 % 24, rest = minutes % 60;
  if (days > 0) return fmt::format("{}-{:02}:{:02}:00", days, hours, rest);
  return fmt::format("{}:{:02}:00", hours, rest);
}

std::string sbatch_line(const Recommendation& recommendation, const run::Input& input) {
  std::string line = fmt::format("sbatch --ntasks={} --cpus-per-task={} --time={} jobs/run.sbatch {}", recommendation.ranks,
                                 recommendation.threads, slurm_time(recommendation.limit_seconds), shell_word(input.name));
  for (const std::string& text : input.overrides) line.append(" --set ").append(shell_word(text));
  return line;
}

}  // namespace shoal::cli
