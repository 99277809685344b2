// SPDX-License-Identifier: Apache-2.0
// Proof of placement: which host, how many threads and which CPUs each rank has. Gathered once at the start; report and
// checks are pure functions of what was gathered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/parallel/comm.hpp"

namespace shoal::parallel {

struct RankPlacement {
  int rank = 0;
  std::string host;
  std::int64_t pid = 0;
  int n_threads = 1;          // workers
  std::vector<int> cpus;      // in the affinity mask, ascending
  int host_cpus = 0;          // online on the host
  bool in_slurm = false;
  bool by_mpirun = false;     // Open MPI's launcher rather than srun
};

// What this process sees of itself.
RankPlacement own_placement(int rank, int n_threads);

// Collective, start-up only: all ranks in order on rank 0, nothing elsewhere.
std::vector<RankPlacement> gather_placement(Comm& comm, int n_threads);

// "0-3,8" for {0, 1, 2, 3, 8}; "none" for no CPU.
std::string format_cpus(const std::vector<int>& cpus);

// The lines of the start banner: one line of totals, then one a host or, where ranks of a host differ, one a rank.
std::vector<std::string> describe_placement(const std::vector<RankPlacement>& ranks);

// One finding: what is wrong and how exactly to mend it.
struct PlacementFinding {
  std::string problem;
  std::string remedy;
  bool fatal = false;  // under Slurm, unless oversubscription is allowed
};

// More threads than CPUs in a mask, and ranks of one host whose masks overlap so that threads outnumber CPUs.
std::vector<PlacementFinding> check_placement(const std::vector<RankPlacement>& ranks, bool allow_oversubscription);

// By rank: as many CPUs as it has threads, from its mask and no other rank's. Nothing on a host where there are not enough.
std::vector<std::vector<int>> exclusive_cpus(const std::vector<RankPlacement>& ranks);

// Throws SystemError (69) with problem and remedy of the first fatal finding, if there is one.
void require_placement(const std::vector<PlacementFinding>& findings);

}  // namespace shoal::parallel
