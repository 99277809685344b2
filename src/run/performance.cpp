// SPDX-License-Identifier: Apache-2.0
#include "run/performance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace shoal::run {

using measure::ThreadState;

namespace {

constexpr std::size_t kMaximumRows = 1'000'000;

Section section_over_ranks(std::string name, const std::vector<double>& seconds) {
  Section section{std::move(name)};
  if (seconds.empty()) return section;
  const auto [low, high] = std::minmax_element(seconds.begin(), seconds.end());
  double sum = 0;
  for (const double value : seconds) sum += value;
  section.minimum = *low;
  section.maximum = *high;
  section.average = sum / static_cast<double>(seconds.size());
  return section;
}

template <class Value>
double sum_of(const std::vector<WorkerFigures>& workers, Value value) {
  double sum = 0;
  for (const WorkerFigures& worker : workers) sum += value(worker);
  return sum;
}

double& state_of(WorkerFigures& worker, ThreadState state) { return worker.in_state[static_cast<std::size_t>(state)]; }

}  // namespace

double Performance::useful_seconds() const {
  return sum_of(workers, [](const auto& worker) { return worker.useful(); });
}

double Performance::cpu_seconds() const {
  return sum_of(workers, [](const auto& worker) { return worker.cpu; });
}

double Performance::in_state(ThreadState state) const {
  return sum_of(workers, [state](const auto& worker) { return worker.of(state); });
}

double Performance::parallel_efficiency() const {
  return available_seconds() > 0 ? useful_seconds() / available_seconds() : 1;
}

double Performance::load_balance() const {
  double most = 0;
  for (const WorkerFigures& worker : workers) most = std::max(most, worker.useful());
  return most > 0 ? useful_seconds() / n_workers() / most : 1;
}

double Performance::cpu_over_wall() const {
  std::vector<double> cpu, wall;
  for (const RankCosts& rank : ranks) {
    cpu.push_back(rank.process_cpu_seconds);
    wall.push_back(rank.wall_seconds);
  }
  return measure::cpu_over_wall(cpu, wall);
}

IdleCauses Performance::idle() const {
  IdleCauses idle;
  idle.horizon = in_state(ThreadState::wait_horizon);
  idle.tail = sum_of(workers, [](const auto& worker) { return worker.tail; });
  idle.io = in_state(ThreadState::io);
  idle.imbalance = in_state(ThreadState::wait_team);
  idle.handing_out = std::max(0.0, in_state(ThreadState::wait_task) - idle.tail);
  return idle;
}

// States nobody was ever in are left out.
std::vector<Section> Performance::sections() const {
  const auto over_ranks = [this](std::string name, auto value) {
    std::vector<double> seconds(trace.processes.size());
    std::vector<double> n(seconds.size());
    for (const WorkerFigures& worker : workers) {
      seconds[static_cast<std::size_t>(worker.rank)] += value(worker);
      ++n[static_cast<std::size_t>(worker.rank)];
    }
    for (std::size_t rank = 0; rank < seconds.size(); ++rank) seconds[rank] /= std::max(1.0, n[rank]);
    return section_over_ranks(std::move(name), seconds);
  };
  const auto in = [](ThreadState state) { return [state](const auto& worker) { return worker.of(state); }; };
  std::vector<Section> rows = {over_ranks("tasks", [](const auto& worker) { return worker.useful(); }),
                               over_ranks("tasks, CPU time", [](const auto& worker) { return worker.cpu; }),
                               over_ranks("waiting for tasks", in(ThreadState::wait_task))};
  for (const auto& [name, state] : {std::pair{"waiting for the horizon", ThreadState::wait_horizon},
                                    {"waiting for the team", ThreadState::wait_team},
                                    {"one thread of a team", ThreadState::serial},
                                    {"files", ThreadState::io}}) {
    if (in_state(state) > 0) rows.push_back(over_ranks(name, in(state)));
  }
  return rows;
}

PerformanceLog::PerformanceLog(std::vector<int> threads_of_rank, std::vector<int> nodes) : nodes_(std::move(nodes)) {
  nodes_.resize(threads_of_rank.size());
  for (const int threads : threads_of_rank) totals_.emplace_back(static_cast<std::size_t>(std::max(threads, 0)));
}

void PerformanceLog::chunk(const tasks::ChunkLog& slice) {
  const auto rank = static_cast<std::size_t>(slice.rank);
  const auto thread = static_cast<std::size_t>(slice.thread);
  if (rank >= totals_.size() || thread >= totals_[rank].size()) return;
  const double seconds = slice.end - slice.start;
  ThreadTotals& total = totals_[rank][thread];
  total.last_end = std::max(total.last_end, slice.end);
  total.busy += seconds;
  total.cpu += slice.cpu;
  total.n_tasks += slice.count;
  if (slice.count > 0) longest_task_ = std::max(longest_task_, seconds / static_cast<double>(slice.count));
  log({slice, seconds, 1});
}

void PerformanceLog::log(const Row& row) {
  const std::pair thread(row.slice.rank, row.slice.thread);
  const auto found = last_row_.find(thread);
  if (found != last_row_.end()) {
    Row& last = rows_[found->second];
    if (last.n_slices + row.n_slices <= slices_per_row_ && last.slice.stream == row.slice.stream) {
      last.slice.count += row.slice.count;
      last.slice.end = row.slice.end;
      last.slice.cpu += row.slice.cpu;
      last.busy += row.busy;
      last.n_slices += row.n_slices;
      return;
    }
  }
  last_row_[thread] = rows_.size();
  rows_.push_back(row);
  if (rows_.size() >= kMaximumRows) halve_log();
}

void PerformanceLog::halve_log() {
  const std::vector<Row> old = std::move(rows_);
  rows_.clear();
  last_row_.clear();
  slices_per_row_ *= 2;
  for (const Row& row : old) log(row);
}

Performance PerformanceLog::figures(double wall_seconds, const std::vector<RankUsage>& usage) const {
  Performance result;
  std::vector<const RankUsage*> reports(totals_.size());
  result.wall_seconds = std::max(0.0, wall_seconds);
  for (const RankUsage& rank : usage) {
    if (rank.rank < 0 || static_cast<std::size_t>(rank.rank) >= totals_.size()) continue;
    if (rank.states.threads.size() != totals_[static_cast<std::size_t>(rank.rank)].size()) continue;
    reports[static_cast<std::size_t>(rank.rank)] = &rank;
    result.ranks.push_back(rank);
    // Clocks of ranks begin within microseconds of each other: the longest wall time counts.
    result.wall_seconds = std::max(result.wall_seconds, measure::in_seconds(rank.states.wall()));
  }
  result.trace.wall = result.wall_seconds;
  result.longest_task_seconds = longest_task_;
  for (std::size_t rank = 0; rank < totals_.size(); ++rank) add_rank(result, rank, reports[rank]);
  const double reported = std::exchange(result.reported_share, 0);
  if (result.available_seconds() > 0) result.reported_share = reported / result.available_seconds();
  if (result.n_tasks > 0) result.mean_task_seconds = result.useful_seconds() / static_cast<double>(result.n_tasks);
  result.identity_error = measure::identity_error(result.trace);
  return result;
}

void PerformanceLog::add_rank(Performance& result, std::size_t rank, const RankUsage* usage) const {
  const double wall = result.wall_seconds;
  measure::ProcessTrace process;
  process.node = nodes_[rank];
  double most = 0, sum = 0;
  for (std::size_t t = 0; t < totals_[rank].size(); ++t) {
    const ThreadTotals& total = totals_[rank][t];
    WorkerFigures worker;
    worker.rank = static_cast<int>(rank);
    worker.thread = static_cast<int>(t);
    worker.cpu = total.cpu;
    result.n_tasks += total.n_tasks;
    if (usage) {
      const measure::ThreadTimes& times = usage->states.threads[t];
      for (std::size_t s = 0; s < measure::kThreadStates; ++s) worker.in_state[s] = measure::in_seconds(times.in_state[s]);
      const double reported = measure::in_seconds(times.total());
      result.reported_share += reported;  // in seconds; figures() makes it a share
      state_of(worker, ThreadState::wait_task) += wall - reported;  // after its good-bye
      worker.tail = measure::in_seconds(times.tail) + wall - reported;
    } else {
      state_of(worker, ThreadState::useful) = std::min(total.busy, wall);
      state_of(worker, ThreadState::wait_task) = std::max(0.0, wall - total.busy);
      worker.tail = std::clamp(wall - total.last_end, 0.0, worker.of(ThreadState::wait_task));
    }
    most = std::max(most, worker.useful());
    sum += worker.useful();
    process.useful.push_back(worker.useful());
    result.workers.push_back(worker);
  }
  if (usage) {
    process.serial = measure::in_seconds(usage->states.serial);
    process.openmp = measure::in_seconds(usage->states.parallel);
    process.mpi = wall - process.serial - process.openmp;
    process.imbalance = measure::in_seconds(usage->states.imbalance);
  } else {  // as if all threads had worked in one region
    process.openmp = most;
    process.mpi = wall - most;
    process.imbalance = most * static_cast<double>(process.useful.size()) - sum;
  }
  result.trace.processes.push_back(std::move(process));
}

namespace {

template <class T, class Rows, class Value>
std::vector<T> column(const Rows& rows, Value value) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(static_cast<T>(value(row)));
  return values;
}

}  // namespace

void PerformanceLog::write_log(record::Group& tasks) const {
  const std::vector<std::uint64_t> n = {rows_.size()};
  const auto add = [&]<class T>(const char* name, T, auto value, const char* units, const char* long_name) {
    tasks.add(name, column<T>(rows_, value), n, {"slice"}, units, long_name);
  };
  add("rank", std::int32_t{}, [](const Row& row) { return row.slice.rank; }, "1", "rank");
  add("thread", std::int32_t{}, [](const Row& row) { return row.slice.thread; }, "1", "worker thread of the rank");
  add("stream", std::int64_t{}, [](const Row& row) { return row.slice.stream; }, "1", "stream");
  add("first", std::int64_t{}, [](const Row& row) { return row.slice.first; }, "1", "first task, in the round's order");
  add("count", std::int64_t{}, [](const Row& row) { return row.slice.count; }, "1", "tasks");
  add("slices", std::int64_t{}, [](const Row& row) { return row.n_slices; }, "1", "slices of work joined in this row");
  add("start", double{}, [](const Row& row) { return row.slice.start; }, "s", "start, from the start of the segment");
  add("end", double{}, [](const Row& row) { return row.slice.end; }, "s", "end, from the start of the segment");
  add("busy", double{}, [](const Row& row) { return row.busy; }, "s", "inside tasks between start and end");
  add("cpu", double{}, [](const Row& row) { return row.slice.cpu; }, "s", "CPU time of the thread inside tasks");
}

}  // namespace shoal::run
