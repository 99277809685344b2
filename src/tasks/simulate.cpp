// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/simulate.hpp"

#include <algorithm>

#include "tasks/simulation.hpp"

namespace shoal::tasks {

SimulationResult simulate(Job& job, const Policy& policy, const SimulationModel& model, Journal* journal,
                          std::vector<ResultRun> replay, bool keep_log, std::vector<Decision> decisions) {
  NoJournal none;
  Simulation simulation(job, policy, model, journal ? *journal : none, keep_log);
  return simulation.run(std::move(replay), std::move(decisions));
}

std::function<double(TaskId)> task_seconds_from_log(const std::vector<ChunkLog>& log) {
  std::vector<ChunkLog> sorted = log;
  std::sort(sorted.begin(), sorted.end(), [](const ChunkLog& a, const ChunkLog& b) {
    return std::pair(a.stream, a.first) < std::pair(b.stream, b.first);
  });
  double seconds = 0;
  double count = 0;
  for (const ChunkLog& entry : sorted) {
    seconds += entry.end - entry.start;
    count += static_cast<double>(entry.count);
  }
  const double mean = count > 0 ? seconds / count : 0;  // for tasks that the log does not hold
  return [sorted = std::move(sorted), mean](TaskId id) {
    auto it = std::upper_bound(sorted.begin(), sorted.end(), std::pair(id.stream, id.task),
                               [](const auto& key, const ChunkLog& e) { return key < std::pair(e.stream, e.first); });
    if (it == sorted.begin()) return mean;
    --it;
    if (it->stream != id.stream || id.task >= it->first + it->count) return mean;
    return (it->end - it->start) / static_cast<double>(it->count);
  };
}

}  // namespace shoal::tasks
