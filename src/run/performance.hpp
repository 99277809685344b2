// SPDX-License-Identifier: Apache-2.0
// How efficiently a run used its workers: collected on rank 0 from the slices of work that every thread reports, written
// to /performance, and turned into the end report's figures and advice.
//
// Time model: every worker thread is busy (inside a task) or idle from the start to the end of this segment of the run. Idle
// time is split by when it fell: before a thread's first task (start), between tasks (gaps), after its last task (tail).
//   parallel efficiency = busy / (workers x wall)           load balance = mean(busy) / max(busy), over workers
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "shoal/record/tree.hpp"
#include "shoal/tasks/coordinator.hpp"

namespace shoal::run {

// One row of the section table: seconds over ranks.
struct Section {
  std::string name;
  double minimum = 0;
  double average = 0;
  double maximum = 0;
};

struct Efficiency {
  int ranks = 0;
  int workers = 0;             // threads of all ranks
  double wall_seconds = 0;     // of this segment, from the first request for work to the last result
  double busy_seconds = 0;     // summed over workers
  double cpu_seconds = 0;      // of the workers, while busy
  double start_idle = 0;       // summed over workers, seconds
  double gap_idle = 0;
  double tail_idle = 0;
  double longest_task_seconds = 0;  // mean task of the slowest slice
  double mean_task_seconds = 0;
  std::int64_t n_tasks = 0;         // computed in this segment
  double parallel_efficiency() const;
  double load_balance = 1;
};

struct Advice {
  std::string text;    // what was seen and the remedy
  double gain = 0;     // estimated share of the core-hours saved, 0 to 1
};

class PerformanceLog final : public tasks::Observer {
 public:
  explicit PerformanceLog(std::vector<int> threads_of_rank);

  void chunk(const tasks::ChunkLog& slice) override;

  // `start`, `end`: of this segment on the driver's clock.
  Efficiency efficiency(double start, double end) const;
  std::vector<Section> sections(double start, double end) const;

  // /performance: sections, efficiency, and the log of slices (at most a million rows; neighbours are joined beyond that).
  void write(record::Group& performance, double start, double end, const std::vector<Advice>& advice) const;

 private:
  struct ThreadTotals {
    double first_start = 0;
    double last_end = 0;
    double busy = 0;
    double cpu = 0;
    std::int64_t n_tasks = 0;
    bool seen = false;
  };
  void log(const tasks::ChunkLog& slice);
  void halve_log();

  // A row of the log: up to `slices_per_row_` consecutive slices of one thread.
  struct Row {
    tasks::ChunkLog slice;
    std::int64_t n_slices = 1;
  };

  std::vector<int> threads_of_rank_;
  std::vector<std::vector<ThreadTotals>> totals_;         // [rank][thread]
  std::vector<Row> rows_;
  std::map<std::pair<int, int>, std::size_t> last_row_;   // of (rank, thread)
  std::int64_t slices_per_row_ = 1;                       // doubled whenever the log is full
  double longest_task_ = 0;
};

// Numbered advice for the end report, the greatest gain first. `max_parallel`: more workers than this idle (0: unknown).
std::vector<Advice> advise(const Efficiency&, std::int64_t max_parallel);

}  // namespace shoal::run
