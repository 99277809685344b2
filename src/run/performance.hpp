// SPDX-License-Identifier: Apache-2.0
// How efficiently a run used its workers: from the states that every rank reports for its worker threads at its end, and
// from the log of slices of work, both collected on rank 0. Written to /performance (performance_tree.cpp) and turned into
// the end report's figures and advice (advice.hpp).
//
// Time model: shoal/measure/rank_clock.hpp. All states of a run sum to ranks x threads x wall time. Of ranks that reported
// none (lost ones, and all in snapshots) the log tells the useful time; the rest counts as waiting for tasks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "run/driver.hpp"
#include "shoal/measure/pop.hpp"
#include "shoal/measure/rank_clock.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/tasks/coordinator.hpp"

namespace shoal::run {

struct Advice;

// One row of the section table: seconds a thread, over ranks.
struct Section {
  std::string name;
  double minimum = 0;
  double average = 0;
  double maximum = 0;
};

// One worker thread, from the start to the end of this segment of the run; seconds.
struct WorkerFigures {
  int rank = 0;
  int thread = 0;
  std::array<double, measure::kThreadStates> in_state{};
  double tail = 0;  // of wait_task: after its last task
  double cpu = 0;   // CPU time inside tasks
  double of(measure::ThreadState state) const { return in_state[static_cast<std::size_t>(state)]; }
  double useful() const { return of(measure::ThreadState::useful) + of(measure::ThreadState::serial); }
};

// Core-seconds without useful work, by cause; they sum to workers x wall - useful.
struct IdleCauses {
  double horizon = 0;      // tasks existed but could not start before others were done
  double tail = 0;         // after a thread's last task
  double io = 0;           // files
  double imbalance = 0;    // for the other threads of a team
  double handing_out = 0;  // before and between tasks: until work had come
  double total() const { return horizon + tail + io + imbalance + handing_out; }
};

struct Performance {
  double wall_seconds = 0;
  std::vector<WorkerFigures> workers;  // by rank and thread
  measure::Trace trace;                // by rank
  std::vector<RankCosts> ranks;        // those that reported
  std::int64_t n_tasks = 0;            // computed in this segment
  double mean_task_seconds = 0;
  double longest_task_seconds = 0;     // mean task of the slowest slice
  double reported_share = 0;           // of workers x wall time, for which ranks reported states
  double identity_error = 0;           // see measure::identity_error

  int n_ranks() const { return static_cast<int>(trace.processes.size()); }
  int n_workers() const { return static_cast<int>(workers.size()); }
  double available_seconds() const { return n_workers() * wall_seconds; }
  double useful_seconds() const;
  double cpu_seconds() const;          // inside tasks
  double in_state(measure::ThreadState state) const;
  double parallel_efficiency() const;  // useful / available: the same in all models; 1 of an empty run
  double load_balance() const;         // mean / largest useful time of the workers; 1 of an empty run
  double cpu_over_wall() const;        // mean CPU time of the reporting processes over the wall time; NaN: none
  IdleCauses idle() const;
  std::vector<Section> sections() const;
};

class PerformanceLog final : public tasks::Observer {
 public:
  // `nodes`: equal numbers for ranks of the same host; empty: all on one.
  explicit PerformanceLog(std::vector<int> threads_of_rank, std::vector<int> nodes = {});

  void chunk(const tasks::ChunkLog& slice) override;

  // Of `wall_seconds` since the segment's start; `usage`: what ranks reported, possibly nothing.
  Performance figures(double wall_seconds, const std::vector<RankUsage>& usage = {}) const;

  // The log of slices, under `tasks`: at most a million rows. When it is full, every two neighbouring rows of a thread and
  // stream become one, and from then on twice as many slices make a row.
  void write_log(record::Group& tasks) const;

 private:
  struct ThreadTotals {
    double last_end = 0;
    double busy = 0;
    double cpu = 0;
    std::int64_t n_tasks = 0;
  };
  struct Row {  // up to `slices_per_row_` consecutive slices of one thread
    tasks::ChunkLog slice;
    double busy = 0;
    std::int64_t n_slices = 1;
  };
  void log(const Row& row);
  void halve_log();
  void add_rank(Performance& result, std::size_t rank, const RankUsage* usage) const;

  std::vector<int> nodes_;
  std::vector<std::vector<ThreadTotals>> totals_;         // [rank][thread]
  std::vector<Row> rows_;
  std::map<std::pair<int, int>, std::size_t> last_row_;   // of (rank, thread)
  std::int64_t slices_per_row_ = 1;                       // doubled whenever the log is full
  double longest_task_ = 0;
};

// Everything under /performance but the log.
void write_performance(record::Group& performance, const Performance& figures, const std::vector<Advice>& advice);

}  // namespace shoal::run
