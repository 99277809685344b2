// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune_job.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/tune/bytes.hpp"
#include "workloads/tune/outcome_bytes.hpp"

namespace shoal::workloads::tune {
namespace {

using search::State;

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
    const search::Point& point = points_.back();
    std::int64_t n_segments = 1;
    if (objective_.problems(point).empty()) {
      const std::int64_t length = objective_.segment_resource(point);
      n_segments = (objective_.resource(point) + length - 1) / length;
    }
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
  const auto n_segments = reader.number<std::int64_t>();
  const search::Point point = reader.array<double>();
  if (segment.number == n_segments) {
    objective_.keep(point, input.predecessor_blob, output.result);
    return true;
  }
  if (n_segments > 1 || objective_.problems(point).empty()) {
    const std::int64_t length = objective_.segment_resource(point);
    segment.begin = segment.number * length;
    segment.end = std::min(segment.begin + length, objective_.resource(point));
  }
  if (segment.number > 0 && input.predecessor_blob.empty()) {  // it has ended before
    SegmentOutcome outcome;
    outcome.state = State::interrupted;
    write_outcome(outcome, output.result);
    return true;
  }
  SegmentOutcome outcome;
  tasks::Bytes next;
  if (!objective_.run(segment, point, input.predecessor_blob, input.stop, workspace, outcome, next)) return false;
  write_outcome(outcome, output.result);
  if (!next.empty()) output.blob = std::move(next);
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
  ++trial.n_folded;
  if (!trial.finished()) {
    trial.columns = column_list(std::move(outcome.columns));
    trial.history.insert(trial.history.end(), outcome.history.begin(), outcome.history.end());
    trial.first_bad_epoch = outcome.first_bad_epoch;
    trial.fail_reason = std::move(outcome.fail_reason);
    if (trial.n_folded == trial.n_segments || outcome.state != State::ok) finish(number, outcome);
  }
}

// Whatever went wrong counts as infinitely bad.
void TuneJob::finish(std::int64_t number, const SegmentOutcome& outcome) {
  Trial& trial = trials_[static_cast<std::size_t>(number)];
  trial.state = outcome.state;
  trial.loss = outcome.state == State::ok ? outcome.loss : search::kBadLoss;
  if (trial.state == State::ok && !std::isfinite(trial.loss)) {
    trial.state = State::nan;
    trial.loss = search::kBadLoss;
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
