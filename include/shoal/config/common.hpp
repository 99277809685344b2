// SPDX-License-Identifier: Apache-2.0
// The keys that every workload shares. Only `workload` and `seed` belong to the science.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"

namespace shoal::config {

// [schedule]: who computes what and when; never changes a result.
struct ScheduleParameters {
  std::string chunk = "auto";         // auto | static_block | static_cyclic | guided | factoring | trapezoid | one
  std::string order = "natural";      // natural | bit_reversed | longest
  std::int64_t threads_per_task = 1;  // worker threads that share a task, where the workload's tasks can use several
  double heartbeat_seconds = 1.0;
  double lost_seconds = 30.0;         // silence after which a rank counts as lost
  double stop_grace_seconds = 60.0;   // how long a stop waits for running tasks before it drops them
  bool allow_oversubscription = false;  // more threads than CPUs is otherwise an error under Slurm
};

// [output]: how often things are written and said.
struct OutputParameters {
  double snapshot_seconds = 60.0;     // between partial results that others can open; 0: only at the end
  double fsync_seconds = 1.0;         // at most this much finished work can be lost to a power failure
  double progress_seconds = 60.0;     // between plain progress lines
};

struct CommonParameters {
  std::string workload;
  std::string title;
  std::int64_t seed = 1;
  ScheduleParameters schedule;
  OutputParameters output;
};

// Binds all of them to a root table; `workload` must be one of the names.
void bind_common(Table& root, CommonParameters& common, const std::vector<std::string>& workload_names);

}  // namespace shoal::config
