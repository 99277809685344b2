// SPDX-License-Identifier: Apache-2.0
#include "cli/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/shell_word.hpp"
#include "run/driver.hpp"
#include "run/terminal.hpp"
#include "shoal/parallel/threads.hpp"
#include "shoal/tasks/policy.hpp"

namespace shoal::cli {
namespace {

constexpr double kWantedSeconds = 3600;   // a run that ends within an hour finds a place in most queues at once
constexpr double kLimitFactor = 1.5;      // tasks measured at the start may be shorter than the later ones
constexpr double kLimitExtra = 600;       // start of the job, reading, writing, stopping in order
constexpr double kShortTask = 1e-3;       // shorter tasks travel in chunks and need no window

}  // namespace

double Measurement::task_seconds() const {
  return n_tasks > 0 ? seconds * ranks * threads / static_cast<double>(n_tasks) : 0;
}

Measurement measure(run::Input& input, parallel::Session& session, int threads, double seconds) {
  tasks::Policy policy;
  policy.snapshot_seconds = 0;
  policy.stop_grace_seconds = seconds;
  run::DriveOptions options;
  options.threads = parallel::choose_threads(threads);
  options.stop_at = run::SteadyClock::now() + std::chrono::duration_cast<run::SteadyClock::duration>(std::chrono::duration<double>(seconds));
  const run::DriveResult result = run::drive(input.workload->job(), session.comm(), policy, options);
  if (result.outcome == tasks::Outcome::failed)
    throw SystemError(result.message, result.code == ExitCode::complete ? ExitCode::internal : result.code);

  Measurement measured;
  measured.n_tasks = result.counts.done;
  measured.seconds = result.seconds;
  measured.ranks = session.comm().size();
  measured.threads = options.threads;
  double cpu_seconds = 0;
  for (const run::RankUsage& usage : result.usage) cpu_seconds += usage.process_cpu_seconds;
  if (result.seconds > 0) measured.busy_share = cpu_seconds / (result.seconds * measured.ranks * measured.threads);
  return measured;
}

Recommendation recommend(const Measurement& measured, const workloads::Estimate& estimate, int cpus,
                         std::optional<std::int64_t> window) {
  Recommendation best;
  best.threads = std::max(1, cpus);
  const double work = measured.task_seconds() * static_cast<double>(std::max<std::int64_t>(estimate.n_tasks, 0));
  auto workers = static_cast<std::int64_t>(std::max<double>(best.threads, std::ceil(work / kWantedSeconds)));
  best.reason = work > 0 ? fmt::format("{} of work", run::format_duration(work)) : "the number of tasks is not known beforehand";
  if (estimate.max_parallel_tasks > 0 && workers > estimate.max_parallel_tasks) {
    if (window && *window == estimate.max_parallel_tasks) best.window = workers;
    workers = estimate.max_parallel_tasks;
    best.reason += fmt::format("; at most {} tasks can run at the same time", run::format_count(estimate.max_parallel_tasks));
  }
  best.threads = static_cast<int>(std::min<std::int64_t>(best.threads, workers));
  best.ranks = static_cast<int>((workers + best.threads - 1) / best.threads);
  // The last tasks end alone: on average one task time is added.
  best.seconds = work > 0 ? work / static_cast<double>(workers) + (measured.task_seconds() > kShortTask ? measured.task_seconds() : 0) : 0;
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
