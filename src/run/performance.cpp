// SPDX-License-Identifier: Apache-2.0
#include "run/performance.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace shoal::run {
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

template <class T, class Row, class Member>
std::vector<T> column(const std::vector<Row>& rows, Member member) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(row.slice.*member);
  return values;
}

template <class Member>
std::vector<double> column_of(const std::vector<Section>& sections, Member member) {
  std::vector<double> values;
  for (const auto& section : sections) values.push_back(section.*member);
  return values;
}

}  // namespace

double Efficiency::parallel_efficiency() const {
  const double available = workers * wall_seconds;
  return available > 0 ? busy_seconds / available : 1;
}

PerformanceLog::PerformanceLog(std::vector<int> threads_of_rank) : threads_of_rank_(std::move(threads_of_rank)) {
  for (const int threads : threads_of_rank_) totals_.emplace_back(static_cast<std::size_t>(std::max(threads, 0)));
}

void PerformanceLog::chunk(const tasks::ChunkLog& slice) {
  const auto rank = static_cast<std::size_t>(slice.rank);
  const auto thread = static_cast<std::size_t>(slice.thread);
  if (rank >= totals_.size() || thread >= totals_[rank].size()) return;
  ThreadTotals& total = totals_[rank][thread];
  if (!total.seen) total.first_start = slice.start;
  total.seen = true;
  total.last_end = std::max(total.last_end, slice.end);
  total.busy += slice.end - slice.start;
  total.cpu += slice.cpu;
  total.n_tasks += slice.count;
  if (slice.count > 0) longest_task_ = std::max(longest_task_, (slice.end - slice.start) / static_cast<double>(slice.count));

  log(slice);
}

void PerformanceLog::log(const tasks::ChunkLog& slice) {
  const std::pair thread(slice.rank, slice.thread);
  const auto last = last_row_.find(thread);
  if (last != last_row_.end()) {
    Row& row = rows_[last->second];
    if (row.n_slices < slices_per_row_ && row.slice.stream == slice.stream) {
      row.slice.count += slice.count;
      row.slice.end = slice.end;
      row.slice.cpu += slice.cpu;
      ++row.n_slices;
      return;
    }
  }
  last_row_[thread] = rows_.size();
  rows_.push_back({slice});
  if (rows_.size() >= kMaximumRows) halve_log();
}

// Logs everything once more with twice as many slices a row.
void PerformanceLog::halve_log() {
  std::vector<Row> old = std::move(rows_);
  rows_.clear();
  last_row_.clear();
  slices_per_row_ *= 2;
  for (const Row& row : old) {
    log(row.slice);
    rows_[last_row_.at({row.slice.rank, row.slice.thread})].n_slices += row.n_slices - 1;
  }
}

Efficiency PerformanceLog::efficiency(double start, double end) const {
  Efficiency result;
  result.ranks = static_cast<int>(totals_.size());
  result.wall_seconds = std::max(0.0, end - start);
  result.longest_task_seconds = longest_task_;
  double most_busy = 0;
  for (const auto& threads : totals_) {
    for (const ThreadTotals& total : threads) {
      ++result.workers;
      result.busy_seconds += total.busy;
      result.cpu_seconds += total.cpu;
      result.n_tasks += total.n_tasks;
      most_busy = std::max(most_busy, total.busy);
      if (!total.seen) {
        result.start_idle += result.wall_seconds;
        continue;
      }
      const double before = std::max(0.0, total.first_start - start);
      const double after = std::max(0.0, end - total.last_end);
      result.start_idle += before;
      result.tail_idle += after;
      result.gap_idle += std::max(0.0, result.wall_seconds - before - after - total.busy);
    }
  }
  if (most_busy > 0) result.load_balance = result.busy_seconds / result.workers / most_busy;
  if (result.n_tasks > 0) result.mean_task_seconds = result.busy_seconds / static_cast<double>(result.n_tasks);
  return result;
}

std::vector<Section> PerformanceLog::sections(double start, double end) const {
  std::vector<double> busy, cpu, idle;
  for (const auto& threads : totals_) {
    double busy_sum = 0, cpu_sum = 0;
    for (const ThreadTotals& total : threads) {
      busy_sum += total.busy;
      cpu_sum += total.cpu;
    }
    const double n = std::max<double>(1, static_cast<double>(threads.size()));
    busy.push_back(busy_sum / n);
    cpu.push_back(cpu_sum / n);
    idle.push_back(std::max(0.0, end - start - busy_sum / n));
  }
  return {section_over_ranks("tasks", busy), section_over_ranks("tasks, CPU time", cpu),
          section_over_ranks("waiting for tasks", idle)};
}

void PerformanceLog::write(record::Group& performance, double start, double end, const std::vector<Advice>& advice) const {
  const Efficiency e = efficiency(start, end);
  performance.scalar("wall_seconds", e.wall_seconds, "s", "wall time of the last segment");
  performance.scalar("busy_seconds", e.busy_seconds, "s", "time inside tasks, summed over workers");
  performance.scalar("cpu_seconds", e.cpu_seconds, "s", "CPU time inside tasks, summed over workers");
  performance.scalar("workers", static_cast<std::int64_t>(e.workers), "1", "worker threads of all ranks");
  performance.scalar("parallel_efficiency", e.parallel_efficiency(), "1", "busy time / (workers x wall time)");
  performance.scalar("load_balance", e.load_balance, "1", "mean / maximum busy time of the workers");
  performance.scalar("idle_start_seconds", e.start_idle, "s", "idle before the first task, summed over workers");
  performance.scalar("idle_gap_seconds", e.gap_idle, "s", "idle between tasks, summed over workers");
  performance.scalar("idle_tail_seconds", e.tail_idle, "s", "idle after the last task, summed over workers");

  const auto table_rows = sections(start, end);
  std::vector<std::string> names;
  for (const auto& row : table_rows) names.push_back(row.name);
  record::Group& table = performance.group("sections");
  const std::vector<std::uint64_t> shape = {table_rows.size()};
  table.texts("section", names, "section", "what the time was spent on");
  table.add("min", column_of(table_rows, &Section::minimum), shape, {"section"}, "s", "minimum over ranks, a thread");
  table.add("avg", column_of(table_rows, &Section::average), shape, {"section"}, "s", "average over ranks, a thread");
  table.add("max", column_of(table_rows, &Section::maximum), shape, {"section"}, "s", "maximum over ranks, a thread");

  record::Group& log = performance.group("tasks");
  const std::vector<std::uint64_t> n = {rows_.size()};
  const std::vector<std::string> slice = {"slice"};
  using tasks::ChunkLog;
  log.add("rank", column<std::int32_t>(rows_, &ChunkLog::rank), n, slice, "1", "rank");
  log.add("thread", column<std::int32_t>(rows_, &ChunkLog::thread), n, slice, "1", "worker thread of the rank");
  log.add("stream", column<std::int64_t>(rows_, &ChunkLog::stream), n, slice, "1", "stream");
  log.add("first", column<std::int64_t>(rows_, &ChunkLog::first), n, slice, "1", "first task, in the round's order");
  log.add("count", column<std::int64_t>(rows_, &ChunkLog::count), n, slice, "1", "tasks");
  log.add("start", column<double>(rows_, &ChunkLog::start), n, slice, "s", "start, from the start of the segment");
  log.add("end", column<double>(rows_, &ChunkLog::end), n, slice, "s", "end, from the start of the segment");
  log.add("cpu", column<double>(rows_, &ChunkLog::cpu), n, slice, "s", "CPU time of the thread");
  if (!advice.empty()) {
    std::vector<std::string> texts;
    for (const auto& item : advice) texts.push_back(item.text);
    performance.texts("advice", texts, "advice_number", "what would make the run more efficient");
  }
}

std::vector<Advice> advise(const Efficiency& e, std::int64_t max_parallel) {
  std::vector<Advice> advice;
  const double available = e.workers * e.wall_seconds;
  // Below a second the start-up dominates, and no advice about it would be worth reading.
  if (available <= 0 || e.wall_seconds < 1) return advice;
  if (max_parallel > 0 && max_parallel < e.workers) {
    const double gain = 1 - static_cast<double>(max_parallel) / e.workers;
    advice.push_back({fmt::format("Only {} tasks can run at once, but there are {} workers: use at most {} (ranks x threads).",
                                  max_parallel, e.workers, max_parallel), gain});
  }
  if (e.tail_idle > 0.1 * available && e.workers > 1 && max_parallel >= e.workers) {
    advice.push_back({fmt::format("Workers waited {:.0f} % of the time for the last tasks to end (mean task {:.3g} s): use fewer "
                                  "workers, or [schedule] order = \"longest\" if tasks differ in length.",
                                  100 * e.tail_idle / available, e.mean_task_seconds), e.tail_idle / available});
  }
  if (e.busy_seconds > 0 && e.cpu_seconds < 0.85 * e.busy_seconds) {
    const double lost = 1 - e.cpu_seconds / e.busy_seconds;
    advice.push_back({fmt::format("Workers had a CPU for only {:.0f} % of their busy time: there are more workers than free CPUs. "
                                  "Use fewer, or bind them (mpirun --map-by slot:PE=T --bind-to core).",
                                  100 * (1 - lost)), lost});
  }
  std::stable_sort(advice.begin(), advice.end(), [](const auto& a, const auto& b) { return a.gain > b.gain; });
  return advice;
}

}  // namespace shoal::run
