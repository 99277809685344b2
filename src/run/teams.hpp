// SPDX-License-Identifier: Apache-2.0
// How a rank's worker threads and CPUs are divided among tasks that need several.
#pragma once

#include <vector>

#include "run/input.hpp"
#include "shoal/parallel/comm.hpp"
#include "shoal/parallel/placement.hpp"

namespace shoal::run {

// The larger of what [schedule] says and what the workload's tasks need.
int threads_per_task(const Input& input);

// Worker threads of this rank: those asked for (0: its CPUs), less the rest that a workload's teams leave over, but one
// team at least.
int choose_threads(int asked, const Input& input);

// Collective, start-up only; `placement` counts on rank 0. The CPUs of this rank's teams, each of `per_task`, in turn;
// nothing where the rank has not as many CPUs of its own as threads.
std::vector<std::vector<int>> cpus_of_teams(parallel::Comm& comm, const std::vector<parallel::RankPlacement>& placement, int per_task);

}  // namespace shoal::run
