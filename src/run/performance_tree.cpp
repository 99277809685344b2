// SPDX-License-Identifier: Apache-2.0
// The figures as groups and datasets. Dimensions: worker (threads of all ranks, by rank and thread), rank, section.
#include "run/advice.hpp"
#include "run/performance.hpp"

namespace shoal::run {

using measure::ThreadState;

namespace {

template <class Rows, class Value>
auto column(const Rows& rows, Value value) {
  std::vector<decltype(value(*rows.begin()))> values;
  for (const auto& row : rows) values.push_back(value(row));
  return values;
}

void write_totals(record::Group& group, const Performance& p) {
  group.scalar("wall_seconds", p.wall_seconds, "s", "wall time of the last segment, to the last good-bye of a rank");
  group.scalar("ranks", static_cast<std::int64_t>(p.n_ranks()), "1", "ranks");
  group.scalar("workers", static_cast<std::int64_t>(p.n_workers()), "1", "worker threads of all ranks");
  group.scalar("tasks_computed", p.n_tasks, "1", "tasks computed in the last segment");
  group.scalar("useful_seconds", p.useful_seconds(), "s", "inside tasks, summed over workers");
  group.scalar("cpu_seconds", p.cpu_seconds(), "s", "CPU time inside tasks, summed over workers");
  group.scalar("reported_share", p.reported_share, "1", "share of workers x wall time for which ranks reported states");
}

void write_idle(record::Group& group, const IdleCauses& idle) {
  group.scalar("horizon", idle.horizon, "s", "tasks existed but could not start before others were done, summed over workers");
  group.scalar("tail", idle.tail, "s", "after a worker's last task, summed over workers");
  group.scalar("io", idle.io, "s", "reading and writing files, summed over workers");
  group.scalar("imbalance", idle.imbalance, "s", "waiting for the other threads of a team, summed over workers");
  group.scalar("handing_out", idle.handing_out, "s", "until a task had come, before and between tasks, summed over workers");
}

void write_states(record::Group& group, const std::vector<WorkerFigures>& workers) {
  static constexpr const char* kMeaning[] = {"inside tasks, as one of its team", "inside tasks that could not use their team",
                                             "its rank had no task for it", "tasks existed that could not start yet",
                                             "waiting for the other threads of its team", "reading and writing files"};
  const std::vector<std::uint64_t> n = {workers.size()};
  const std::vector<std::string> worker = {"worker"};
  group.add("rank", column(workers, [](const auto& w) { return static_cast<std::int32_t>(w.rank); }), n, worker, "1", "rank");
  group.add("thread", column(workers, [](const auto& w) { return static_cast<std::int32_t>(w.thread); }), n, worker, "1",
            "worker thread of the rank");
  for (std::size_t s = 0; s < measure::kThreadStates; ++s)
    group.add(std::string(measure::state_name(static_cast<ThreadState>(s))), column(workers, [s](const auto& w) { return w.in_state[s]; }),
              n, worker, "s", kMeaning[s]);
  group.add("tail", column(workers, [](const auto& w) { return w.tail; }), n, worker, "s", "of wait_task: after its last task");
  group.add("cpu", column(workers, [](const auto& w) { return w.cpu; }), n, worker, "s", "CPU time inside tasks");
}

void write_ranks(record::Group& group, const Performance& p) {
  const auto& processes = p.trace.processes;
  const std::vector<std::uint64_t> n = {processes.size()};
  const std::vector<std::string> rank = {"rank"};
  group.add("mpi", column(processes, [](const auto& q) { return q.mpi; }), n, rank, "s", "all of its workers waited for tasks");
  group.add("serial", column(processes, [](const auto& q) { return q.serial; }), n, rank, "s", "one worker was in a task that cannot use its team");
  group.add("openmp", column(processes, [](const auto& q) { return q.openmp; }), n, rank, "s", "workers were inside tasks: parallel regions");
  group.add("imbalance", column(processes, [](const auto& q) { return q.imbalance; }), n, rank, "s",
            "over regions and workers: useful time less than that of the busiest");
  if (p.ranks.size() != processes.size()) return;  // some were lost, or the run goes on
  group.add("cpu", column(p.ranks, [](const auto& q) { return q.process_cpu_seconds; }), n, rank, "s", "CPU time of the process");
  group.add("main_cpu", column(p.ranks, [](const auto& q) { return q.main_cpu_seconds; }), n, rank, "s", "of these the thread that communicates");
  group.add("messages", column(p.ranks, [](const auto& q) { return q.messages; }), n, rank, "1", "messages sent and received");
  group.add("bytes", column(p.ranks, [](const auto& q) { return q.bytes; }), n, rank, "byte", "size of these messages");
  group.add("round_trip", column(p.ranks, [](const auto& q) { return q.round_trip_seconds; }), n, rank, "s", "of a message to rank 0 and back");
  group.add("memory", column(p.ranks, [](const auto& q) { return q.max_rss_bytes; }), n, rank, "byte", "largest memory of the process");
}

void write_sections(record::Group& table, const std::vector<Section>& sections) {
  const std::vector<std::uint64_t> n = {sections.size()};
  const std::vector<std::string> section = {"section"};
  table.texts("section", column(sections, [](const auto& row) { return row.name; }), "section", "what the time was spent on");
  table.add("min", column(sections, [](const auto& row) { return row.minimum; }), n, section, "s", "minimum over ranks, a thread");
  table.add("avg", column(sections, [](const auto& row) { return row.average; }), n, section, "s", "average over ranks, a thread");
  table.add("max", column(sections, [](const auto& row) { return row.maximum; }), n, section, "s", "maximum over ranks, a thread");
}

void write_advice(record::Group& group, const std::vector<Advice>& advice) {
  if (advice.empty()) return;
  group.texts("text", column(advice, [](const auto& item) { return item.text; }), "number", "what would make the run more efficient");
  group.texts("setting", column(advice, [](const auto& item) { return item.setting; }), "number", "the one thing to change");
  group.add("gain", column(advice, [](const auto& item) { return item.gain; }), {advice.size()}, {"number"}, "1",
            "estimated share of the core-hours saved");
}

}  // namespace

void write_performance(record::Group& performance, const Performance& figures, const std::vector<Advice>& advice) {
  write_totals(performance, figures);
  performance.text("summary", where_the_time_went(figures, advice), "where the core-hours went");
  write_idle(performance.group("idle"), figures.idle());
  write_states(performance.group("states"), figures.workers);
  write_ranks(performance.group("processes"), figures);
  record::Group& pop = performance.group("pop");
  for (const measure::Factor& factor : measure::all_factors(figures.trace))
    pop.group(factor.model).scalar(factor.name, factor.value, factor.units, factor.meaning);
  if (!figures.ranks.empty())
    pop.scalar("cpu_over_wall", figures.cpu_over_wall(), "1", "mean CPU time of the processes / longest wall time");
  pop.scalar("identity_error", figures.identity_error, "1", "largest relative error of the models' identities");
  write_sections(performance.group("sections"), figures.sections());
  write_advice(performance.group("advice"), advice);
}

}  // namespace shoal::run
