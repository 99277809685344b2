// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune_job.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "workloads/tune/bytes.hpp"
#include "workloads/tune/outcome_bytes.hpp"

namespace shoal::workloads::tune {
namespace {

using search::State;

enum class PayloadKind : std::uint8_t { segment, keeping };

// Behind the state that a segment leaves: may the trial go on from it in the same leg?
enum class Ending : std::uint8_t { goes_on, ended };

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

void write_segment(const Segment& segment, const search::Point& point, tasks::Bytes& bytes) {
  ByteWriter writer(bytes);
  writer.number(PayloadKind::segment);
  writer.number(segment.trial);
  writer.number(segment.begin);
  writer.number(segment.end);
  writer.number(static_cast<std::uint8_t>(segment.adopted));
  writer.number(static_cast<std::uint32_t>(segment.rungs.size()));
  for (const Rung& rung : segment.rungs) {
    writer.number(rung.resource);
    writer.number(rung.threshold);
  }
  writer.array(point);
}

Segment read_segment(ByteReader& reader) {
  Segment segment;
  segment.trial = reader.number<std::int64_t>();
  segment.begin = reader.number<std::int64_t>();
  segment.end = reader.number<std::int64_t>();
  segment.adopted = reader.number<std::uint8_t>() != 0;
  segment.rungs.resize(reader.number<std::uint32_t>());
  for (Rung& rung : segment.rungs) {
    rung.resource = reader.number<std::int64_t>();
    rung.threshold = reader.number<double>();
  }
  return segment;
}

bool has_failed(State state) {
  return state != State::ok && state != State::pruned;
}

}  // namespace

TuneJob::TuneJob(search::Algorithm& algorithm, search::Scheduler& scheduler, const Objective& objective,
                 std::size_t n_parameters, TuneJobOptions options)
    : algorithm_(algorithm),
      scheduler_(scheduler),
      objective_(objective),
      n_parameters_(n_parameters),
      options_(std::move(options)),
      rules_(options_.control, objective.maximise()) {
  const bool looks = options_.free || rules_.look_at_clock() || rules_.look_at_results() || algorithm.uses_history() ||
                     scheduler.uses_history();
  // Generations take over each other's states: what they start from is known when they begin.
  windowed_ = looks && !scheduler.genealogy();
  options_.free = windowed_ && (options_.free || rules_.look_at_clock());
}

search::Point TuneJob::point(std::int64_t config) const {
  const auto begin = points_.begin() + config * static_cast<std::ptrdiff_t>(n_parameters_);
  return {begin, begin + static_cast<std::ptrdiff_t>(n_parameters_)};
}

tasks::Round TuneJob::prepare_round(std::int64_t, std::int64_t round_number) {
  see(kAll);
  round_first_ = tasks_begin_;
  if (kind_ == Kind::window && round_number > 0) {  // also if none was started, because the time was over at once
    // Decided by what was started, not by the clock, so that a recorded run ends in the same way.
    if (options_.free && scheduler_.n_started() < scheduler_.n_trials()) stopped_ = true;
    if (round_tasks_ == 0) stopped_ = true;
  }
  if (!open_.empty()) return list_open();
  if (kept_done_) return {};
  if (!windowed_ && !rules_.verdict().empty()) {
    stopped_ = true;
    stop_reason_ = rules_.verdict();
  }
  if (!stopped_ && scheduler_.begin_stage()) return open_stage();
  return keeping_round();
}

tasks::Round TuneJob::open_stage() {
  if (!windowed_) return list_stage();
  kind_ = Kind::window;
  round_tasks_ = 0;
  tasks::Round round;
  // The number of tasks is known where each trial is one, come what may.
  const bool fixed = !options_.rungs && !options_.free && !objective_.continues() && !rules_.look_at_results();
  round.n_tasks = fixed ? scheduler_.n_trials() : tasks::kUnlimited;
  round.window = options_.free ? tasks::kUnlimited : options_.window * options_.repeats;
  round.prepared = true;
  round.free = options_.free;
  round.together = options_.free ? 1 : objective_.most_together();
  return round;
}

tasks::Round TuneJob::keeping_round() {
  kept_done_ = true;
  kind_ = Kind::keeping;
  const std::int64_t best = best_trial();
  if (best >= 0 && best != best_) {
    const auto paused = paused_.find(best);
    best_task_ = paused == paused_.end() ? tasks::kNoTask : paused->second;
  }
  tasks::Round round;
  round.n_tasks = objective_.keeps() && best >= 0 && best_task_ != tasks::kNoTask ? 1 : 0;
  round.prepared = true;
  return round;
}

std::optional<tasks::Prepared> TuneJob::prepare(tasks::TaskId id, const tasks::Pending*) {
  if (kind_ == Kind::keeping) return prepare_keeping();
  if (kind_ == Kind::list) return prepare_listed(id.task);
  return prepare_windowed(id.task);
}

void TuneJob::restore(tasks::TaskId id, const tasks::Prepared& what, const tasks::Pending* pending) {
  if (rules_.look_at_clock() && what.payload.size() >= sizeof(double)) {
    const auto tail = tasks::ByteView(what.payload).last(sizeof(double));
    recorded_elapsed_ = ByteReader(tail).number<double>();
    elapsed_before_ = *recorded_elapsed_;
  }
  tasks::Job::restore(id, what, pending);
  recorded_elapsed_.reset();
}

bool TuneJob::may_start() {
  const std::string verdict = rules_.verdict();
  if (!verdict.empty()) {
    stop_reason_ = verdict;
    stopped_ = stopped_ || !options_.free;
    return false;
  }
  if (!rules_.look_at_clock()) return true;
  elapsed_ = recorded_elapsed_ ? *recorded_elapsed_ : elapsed_before_ + options_.seconds();
  if (recorded_elapsed_ || !rules_.time_is_over(elapsed_)) return true;
  stop_reason_ = "search.seconds are over";
  return false;
}

std::optional<tasks::Prepared> TuneJob::prepare_windowed(std::int64_t task) {
  const std::int64_t window = options_.window * options_.repeats;
  see(options_.free ? kAll : std::max(round_first_, task - window));
  if (!may_start()) return std::nullopt;
  std::int64_t trial = -1;
  if (!ready_.empty()) {
    trial = *ready_.begin();
    ready_.erase(ready_.begin());
  } else {
    std::optional<search::Leg> leg = scheduler_.next();
    if (!leg) return std::nullopt;
    trial = leg->trial;
    admit(*leg);
    const std::int64_t predecessor = predecessor_of(*leg);
    begin_leg(std::move(*leg), predecessor);
  }
  ++round_tasks_;
  return prepare_segment(trial, task);
}

// Looks at nothing but the list: it may come before or after the results of earlier tasks.
tasks::Prepared TuneJob::prepare_listed(std::int64_t task) {
  while (at_ + 1 < list_.size() && list_[at_ + 1].first_task <= task) ++at_;
  const Listed& listed = list_[at_];
  if (listed.first_task == task && !open_.contains(listed.trial)) {
    search::Leg plain;
    plain.trial = listed.trial;
    if (ahead_.empty()) begin_leg(std::move(plain), tasks::kNoTask);
    else begin_leg(std::move(ahead_[at_].leg), ahead_[at_].predecessor);
  }
  return prepare_segment(listed.trial, task);
}

tasks::Prepared TuneJob::prepare_segment(std::int64_t trial, std::int64_t task) {
  const auto found = open_.find(trial);
  Leg& leg = found->second;
  Segment segment;
  segment.trial = trial;
  segment.begin = leg.begin;
  segment.end = leg.end - leg.begin > leg.length ? leg.begin + leg.length : leg.end;
  segment.adopted = leg.adopted;
  for (const Rung& rung : leg.rungs) {
    if (rung.resource > segment.begin && rung.resource <= segment.end) segment.rungs.push_back(rung);
  }
  tasks::Prepared prepared;
  const search::Point point = point_of(trial);
  write_segment(segment, point, prepared.payload);
  prepared.group = objective_.group(segment, point);
  if (rules_.look_at_clock()) ByteWriter(prepared.payload).number(elapsed_);
  prepared.predecessor = leg.predecessor;
  tasks_.push_back({trial, segment.end, segment.end == leg.end, false});
  leg.begin = segment.end;
  leg.predecessor = objective_.continues() ? task : tasks::kNoTask;
  leg.adopted = false;
  if (leg.seen && leg.begin == leg.end) open_.erase(found);
  return prepared;
}

tasks::Prepared TuneJob::prepare_keeping() const {
  tasks::Prepared prepared;
  ByteWriter writer(prepared.payload);
  writer.number(PayloadKind::keeping);
  writer.array(point_of(best_trial()));
  prepared.predecessor = best_task_;
  return prepared;
}

bool TuneJob::run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const {
  ByteReader reader(input.payload);
  const auto kind = reader.number<PayloadKind>();
  tasks::ByteView state = input.predecessor_blob;
  const bool ended = state.empty() || state.back() == static_cast<std::byte>(Ending::ended);
  if (!state.empty()) state = state.first(state.size() - 1);
  if (kind == PayloadKind::keeping) {
    objective_.keep(reader.array<double>(), state, output.result);
    return true;
  }
  const Segment segment = read_segment(reader);
  const search::Point point = reader.array<double>();
  SegmentOutcome outcome;
  tasks::Bytes next;
  if (segment.begin > 0 && objective_.continues() && ended) {  // an earlier segment of the leg failed or was stopped
    outcome.state = State::interrupted;
    write_outcome(outcome, output.result);
    return true;
  }
  const Execution execution{input.stop, workspace, input.team};
  const std::int64_t attempts = options_.control.on_failure == "retry" ? 1 + options_.control.retries : 1;
  for (std::int64_t attempt = 0; attempt < attempts; ++attempt) {
    outcome = {};
    next.clear();
    if (!objective_.run(segment, point, state, execution, outcome, next)) return false;
    if (!has_failed(outcome.state) || outcome.state == State::nan) break;  // numbers would go bad again
  }
  hand_in(segment, outcome, std::move(next), output);
  return true;
}

void TuneJob::hand_in(const Segment& segment, const SegmentOutcome& outcome, tasks::Bytes&& next, tasks::TaskOutput& output) const {
  write_outcome(outcome, output.result);
  if (next.empty() || !objective_.continues()) return;
  const bool goes_on = outcome.state == State::ok && outcome.reached == segment.end;
  next.push_back(static_cast<std::byte>(goes_on ? Ending::goes_on : Ending::ended));
  output.blob = std::move(next);
}

// Those that begin or go on as usual together; what is left, and what failed and may be tried again, alone.
bool TuneJob::run_together(std::span<const tasks::TaskInput> inputs, tasks::Workspace* workspace,
                           std::span<tasks::TaskOutput> outputs) const {
  std::vector<SegmentRun> runs;
  std::vector<std::size_t> numbers, alone;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ByteReader reader(inputs[i].payload);
    const tasks::ByteView state = inputs[i].predecessor_blob;
    const bool ended = state.empty() || state.back() == static_cast<std::byte>(Ending::ended);
    if (reader.number<PayloadKind>() != PayloadKind::segment) throw std::logic_error("only segments run together");
    SegmentRun one;
    one.segment = read_segment(reader);
    one.point = reader.array<double>();
    if (one.segment.begin > 0 && ended) {
      alone.push_back(i);
      continue;
    }
    if (!state.empty()) one.state = state.first(state.size() - 1);
    runs.push_back(std::move(one));
    numbers.push_back(i);
  }
  const Execution execution{inputs.front().stop, workspace};
  if (!objective_.run_together(runs, execution)) return false;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const bool again = has_failed(runs[r].outcome.state) && runs[r].outcome.state != State::nan;
    if (again) alone.push_back(numbers[r]);
    else hand_in(runs[r].segment, runs[r].outcome, std::move(runs[r].next), outputs[numbers[r]]);
  }
  return std::ranges::all_of(alone, [&](std::size_t i) { return run(inputs[i], workspace, outputs[i]); });
}

void TuneJob::fold(tasks::TaskId id, tasks::ByteView result) {
  if (kind_ == Kind::keeping) {
    kept_.assign(result.begin(), result.end());
    times_.folded(id.task, -1);
    return;
  }
  Task& folded = tasks_[static_cast<std::size_t>(id.task - tasks_begin_)];
  const Task task = folded;
  folded.folded = true;
  times_.folded(id.task, task.trial);
  while (!tasks_.empty() && tasks_.front().folded) {
    tasks_.pop_front();
    ++tasks_begin_;
  }
  const auto leg = open_.find(task.trial);
  if (leg == open_.end() || leg->second.over) return;  // the leg ended before this segment
  SegmentOutcome outcome = read_outcome(result);
  const bool over = outcome.state != State::ok || task.last || outcome.reached < task.end;
  if (over) finish(task.trial, id.task, leg->second, outcome);
  trials_.append(static_cast<std::size_t>(task.trial), outcome);
  unseen_.push_back({id.task, task.trial, over});
  if (kind_ == Kind::list) see(kAll);
}

}  // namespace shoal::workloads::tune
