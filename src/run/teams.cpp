// SPDX-License-Identifier: Apache-2.0
#include "run/teams.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "shoal/parallel/threads.hpp"

namespace shoal::run {

int threads_per_task(const Input& input) {
  return std::max(static_cast<int>(input.common.schedule.threads_per_task), input.workload->threads_per_task());
}

// A number of threads that does not fit schedule.threads_per_task is an error of drive(): the user gave both.
int choose_threads(int asked, const Input& input) {
  const int threads = parallel::choose_threads(asked);
  const int team = threads_per_task(input);
  if (team == input.common.schedule.threads_per_task) return threads;
  return std::max(team, threads / team * team);
}

std::vector<std::vector<int>> cpus_of_teams(parallel::Comm& comm, const std::vector<parallel::RankPlacement>& placement, int per_task) {
  std::string text;
  for (const std::vector<int>& cpus : parallel::exclusive_cpus(placement)) text += fmt::format("{}\n", fmt::join(cpus, " "));
  std::istringstream lines(comm.broadcast(text));
  std::string line;
  for (int rank = 0; rank <= comm.rank(); ++rank) std::getline(lines, line);
  std::istringstream own(line);
  std::vector<std::vector<int>> teams;
  std::vector<int> team;
  for (int cpu = 0; own >> cpu;) {
    team.push_back(cpu);
    if (static_cast<int>(team.size()) < per_task) continue;
    teams.push_back(std::move(team));
    team = {};
  }
  return teams;
}

}  // namespace shoal::run
