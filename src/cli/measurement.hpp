// SPDX-License-Identifier: Apache-2.0
// `shoal check --measure`: computes some of a job's tasks and tells from their speed how to run it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/advice.hpp"
#include "run/input.hpp"
#include "shoal/parallel/session.hpp"
#include "workloads/workload.hpp"

namespace shoal::cli {

struct Measurement {
  std::int64_t n_tasks = 0;        // finished
  double seconds = 0;
  int ranks = 1;
  int threads = 1;                 // of each rank
  int threads_per_task = 1;
  double task_seconds = 0;         // mean time of one task on its threads; 0 if none was finished
  // In parts of the workers' time until the end was asked for:
  double useful_share = 1;         // inside tasks
  double horizon_share = 0;        // waiting for tasks that could not start before others were done
  std::vector<run::Advice> advice;
};

// Collective. Runs the job for about `seconds` (running tasks may take as long again to end) and forgets the results.
Measurement measure(run::Input& input, parallel::Session& session, int threads, double seconds);

// How to run it.
struct Recommendation {
  int ranks = 1;
  int threads = 1;
  double seconds = 0;              // expected duration with these
  double limit_seconds = 0;        // time limit to ask for
  std::int64_t window = 0;         // a wider search.window that would let more workers run; 0: leave it
  std::string reason;
};

// For a machine with `cpus` CPUs a node, one rank a node: as many workers as give an hour's run, at least a node's, at most
// as many as there are parallel tasks, or as had work where the measured ones waited for the horizon; a worker is as many threads
// as a task takes. `window`: search.window of the input, if it has one. With an unknown number of tasks
// (-1) only the layout is recommended.
Recommendation recommend(const Measurement& measured, const workloads::Estimate& estimate, int cpus,
                         std::optional<std::int64_t> window = std::nullopt);

// "sbatch --ntasks=4 --cpus-per-task=8 --time=1:30:00 jobs/run.sbatch tune.toml"
std::string sbatch_line(const Recommendation& recommendation, const run::Input& input);

// "1:30:00" or "2-00:00:00", rounded up to minutes: as Slurm reads it.
std::string slurm_time(double seconds);

}  // namespace shoal::cli
