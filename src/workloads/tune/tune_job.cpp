// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune_job.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/tune/bytes.hpp"

namespace shoal::workloads::tune {
namespace {

using search::State;

void write_outcome(const SegmentOutcome& outcome, tasks::Bytes& bytes) {
  ByteWriter writer(bytes);
  writer.number(outcome.state);
  writer.number(outcome.first_bad_epoch);
  writer.text(outcome.fail_reason);
  writer.number(static_cast<std::uint32_t>(outcome.columns.size()));
  for (const std::string& column : outcome.columns) writer.text(column);
  writer.array(outcome.history);
}

SegmentOutcome read_outcome(tasks::ByteView bytes) {
  ByteReader reader(bytes);
  SegmentOutcome outcome;
  outcome.state = reader.number<State>();
  outcome.first_bad_epoch = reader.number<std::int64_t>();
  outcome.fail_reason = reader.text();
  outcome.columns.resize(reader.number<std::uint32_t>());
  for (std::string& column : outcome.columns) column = reader.text();
  outcome.history = reader.array<double>();
  return outcome;
}

tasks::Round prepared_round(std::int64_t n_tasks) {
  tasks::Round round;
  round.n_tasks = n_tasks;
  round.prepared = true;
  return round;
}

}  // namespace

TuneJob::TuneJob(const search::Algorithm& algorithm, const Objective& objective, std::int64_t n_configs,
                 std::int64_t repeats)
    : algorithm_(algorithm), objective_(objective), n_configs_(n_configs), repeats_(repeats) {}

// Proposals that look at no results can be made at once, so that the number of tasks is known from the start.
void TuneJob::lay_out() {
  std::int64_t tasks = 0;
  trials_.resize(static_cast<std::size_t>(n_trials()));
  for (std::int64_t config = 0; config < n_configs_; ++config) {
    points_.push_back(algorithm_.propose(config, {}));
    // A point that cannot be tried fails in its first segment, with the reason.
    const std::int64_t n_segments =
        objective_.problems(points_.back()).empty() ? objective_.n_segments(points_.back()) : 1;
    for (std::int64_t repeat = 0; repeat < repeats_; ++repeat) {
      first_task_.push_back(tasks);
      trials_[static_cast<std::size_t>(config * repeats_ + repeat)].n_segments = n_segments;
      tasks += n_segments;
    }
  }
  first_task_.push_back(tasks);
}

tasks::Round TuneJob::prepare_round(std::int64_t, std::int64_t round) {
  if (round == 0) {
    lay_out();
    return prepared_round(first_task_.back());
  }
  return prepared_round(round == 1 && best_ >= 0 ? 1 : 0);
}

std::int64_t TuneJob::trial_of(std::int64_t task) const {
  return std::upper_bound(first_task_.begin(), first_task_.end(), task) - first_task_.begin() - 1;
}

std::optional<tasks::Prepared> TuneJob::prepare(tasks::TaskId id, const tasks::Pending*) {
  const bool keeps = id.task == first_task_.back();
  const std::int64_t trial = keeps ? best_ : trial_of(id.task);
  const auto index = static_cast<std::size_t>(trial);
  const std::int64_t segment = keeps ? trials_[index].n_segments : id.task - first_task_[index];
  tasks::Prepared prepared;
  ByteWriter writer(prepared.payload);
  writer.number(trial);
  writer.number(segment);
  writer.number(trials_[index].n_segments);
  writer.array(point_of(trial));
  if (segment > 0) prepared.predecessor = first_task_[index] + segment - 1;
  return prepared;
}

bool TuneJob::run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const {
  ByteReader reader(input.payload);
  Segment segment;
  segment.trial = reader.number<std::int64_t>();
  segment.number = reader.number<std::int64_t>();
  segment.count = reader.number<std::int64_t>();
  const search::Point point = reader.array<double>();
  if (segment.number == segment.count) {
    objective_.keep(point, input.predecessor_blob, output.result);
    return true;
  }
  SegmentOutcome outcome;
  tasks::Bytes next;
  if (!objective_.run(segment, point, input.predecessor_blob, input.stop, workspace, outcome, next)) return false;
  write_outcome(outcome, output.result);
  output.blob = std::move(next);
  return true;
}

void TuneJob::fold(tasks::TaskId id, tasks::ByteView result) {
  if (id.task == first_task_.back()) {
    kept_.assign(result.begin(), result.end());
    return;
  }
  const std::int64_t number = trial_of(id.task);
  Trial& trial = trials_[static_cast<std::size_t>(number)];
  SegmentOutcome outcome = read_outcome(result);
  trial.columns = column_list(std::move(outcome.columns));
  trial.history.insert(trial.history.end(), outcome.history.begin(), outcome.history.end());
  trial.first_bad_epoch = outcome.first_bad_epoch;
  trial.fail_reason = std::move(outcome.fail_reason);
  if (++trial.n_folded < trial.n_segments) return;
  trial.state = outcome.state;
  finish(number);
}

// The loss of a finished trial: the last value of the metric, turned so that less is better. Whatever went wrong counts
// as infinitely bad.
void TuneJob::finish(std::int64_t number) {
  Trial& trial = trials_[static_cast<std::size_t>(number)];
  const std::vector<std::string>& columns = column_lists_[static_cast<std::size_t>(trial.columns)];
  const auto column = std::find(columns.begin(), columns.end(), objective_.metric());
  trial.loss = search::kBadLoss;
  if (trial.state == State::ok && column != columns.end() && trial.history.size() >= columns.size()) {
    const double value = *(trial.history.end() - (columns.end() - column));
    if (std::isfinite(value)) trial.loss = objective_.maximise() ? -value : value;
  }
  if (trial.state == State::ok && trial.loss == search::kBadLoss) {
    trial.state = State::nan;
    trial.fail_reason = "the metric `" + objective_.metric() + "` is not finite";
  }
  ++n_finished_;
  if (trial.state != State::ok) ++n_failed_;
  if (trial.state == State::ok && (best_ < 0 || trial.loss < trials_[static_cast<std::size_t>(best_)].loss))
    best_ = number;
}

int TuneJob::column_list(std::vector<std::string> columns) {
  const auto found = std::find(column_lists_.begin(), column_lists_.end(), columns);
  if (found != column_lists_.end()) return static_cast<int>(found - column_lists_.begin());
  column_lists_.push_back(std::move(columns));
  return static_cast<int>(column_lists_.size()) - 1;
}

}  // namespace shoal::workloads::tune
