// SPDX-License-Identifier: Apache-2.0
// A trial that is one task of a persistent worker: one process a worker thread, started with its first trial, which gets
// the parameters, `trial`, `seed` and `steps` as a JSON line, and answers with values on its way and a result.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "shoal/process/worker.hpp"
#include "workloads/tune/command_parts.hpp"
#include "workloads/tune/cpu_seats.hpp"
#include "workloads/tune/program_result.hpp"

namespace shoal::workloads::tune {
namespace {

using process::JsonLine;
using process::JsonValue;

// The worker lives as long as the thread it belongs to.
class Slot final : public tasks::Workspace {
 public:
  explicit Slot(CpuSeats& seats) : seat_(seats) {}

  process::Worker& worker(const process::Command& command, std::int64_t cpus, const tasks::Team& team) {
    if (worker_) return *worker_;
    process::Command bound = command;
    set_cpus(bound, cpus, team, seat_.cpus());
    return worker_.emplace(std::move(bound));
  }

 private:
  CpuSeats::Seat seat_;
  std::optional<process::Worker> worker_;
};

JsonValue json_of(const config::Value& value) {
  if (const auto* truth = value.get_if<bool>()) return *truth;
  if (const auto* whole = value.get_if<std::int64_t>()) return *whole;
  if (const auto* real = value.get_if<double>()) return *real;
  if (const auto* text = value.get_if<std::string>()) return *text;
  const auto* array = value.get_if<config::Array>();
  if (!array || array->empty()) return config::to_text(value);
  std::vector<std::int64_t> whole;
  std::vector<double> reals;
  std::vector<std::string> texts;
  for (const config::Value& element : *array) {
    if (const auto* number = element.get_if<std::int64_t>()) whole.push_back(*number);
    if (const auto number = element.as_real()) reals.push_back(*number);
    if (const auto* text = element.get_if<std::string>()) texts.push_back(*text);
  }
  if (whole.size() == array->size()) return whole;
  if (reals.size() == array->size()) return reals;
  if (texts.size() == array->size()) return texts;
  return config::to_text(value);
}

class WorkerObjective final : public PlainObjective {
 public:
  WorkerObjective(const ObjectiveContext& context, process::Command command, std::vector<bool> tied)
      : PlainObjective(context),
        command_(std::move(command)),
        cpus_(context.parameters.objective.command.cpus),
        checkpoint_(context.parameters.objective.command.checkpoint),
        tied_(std::move(tied)) {
    command_.kept_output_bytes = static_cast<std::size_t>(context.parameters.objective.command.output_bytes);
  }

  bool reproducible() const override { return false; }

  bool continues() const override { return checkpoint_; }
  std::vector<bool> tied_parameters() const override { return tied_; }
  int threads_per_task() const override { return static_cast<int>(std::max<std::int64_t>(1, cpus_)); }
  void set_cpus(const std::vector<std::vector<int>>& of_teams) override { seats_.set(of_teams); }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return std::make_unique<Slot>(seats_); }

  bool run(const Segment& segment, const search::Point& point, tasks::ByteView state, const Execution& execution,
           SegmentOutcome& outcome, tasks::Bytes& next) const override {
    std::optional<CheckpointFolder> checkpoint;
    if (checkpoint_) checkpoint.emplace(state);
    StepLog log{segment, *this, outcome};
    // By us: at a rung, or because this is all of the resource that was asked for. Who is to leave a checkpoint ends itself.
    bool ended = false;
    const auto listen = [&](const JsonLine& line) {
      const auto value = line.number(metric());
      if (!value || ended) return !ended;
      ended = !log.note_next(*value) || (!checkpoint && log.step() >= segment.end && segment.end < steps());
      return !ended;
    };
    const process::Answer answer =
        static_cast<Slot&>(*execution.workspace)
            .worker(command_, cpus_, execution.team)
            .ask(task_line(segment, point, checkpoint), listen, [&execution] { return execution.stop.requested(); });
    if (answer.state == process::State::stopped && !ended) return false;
    conclude(answer, ended, outcome);
    if (steps() == 1 || outcome.columns.empty() || outcome.state == search::State::ok) outcome.reached = reached(segment, outcome);
    outcome.costs = {{"wall_seconds", answer.wall_seconds},
                     {"cpu_seconds", answer.cpu_seconds},
                     {"peak_bytes", static_cast<double>(answer.peak_bytes)}};
    outcome.texts = {{"stderr", answer.err}};
    if (checkpoint && outcome.state == search::State::ok) keep_checkpoint(*checkpoint, outcome, next);
    return true;
  }

  std::vector<std::string> describe() const override {
    return describe_command(fmt::format("{} of the worker", metric()), command_, cpus_, checkpoint_);
  }

 private:
  JsonLine task_line(const Segment& segment, const search::Point& point,
                     const std::optional<CheckpointFolder>& checkpoint) const {
    JsonLine line;
    for (const auto& [name, value] : settings_at(space(), point)) line.add(name, json_of(value));
    line.add("trial", segment.trial).add("seed", seed_of_trial(seed(), segment.trial)).add("steps", segment.end);
    if (checkpoint) line.add("begin", segment.begin).add("checkpoint", checkpoint->path());
    return line;
  }

  void conclude(const process::Answer& answer, bool ended, SegmentOutcome& outcome) const {
    if (ended && (answer.state == process::State::ok || answer.state == process::State::stopped)) return;
    if (answer.state == process::State::ok) return read_result(answer.final_line, *this, outcome);
    set_failed(outcome, state_of(answer.state), answer.message);
  }

  static std::int64_t reached(const Segment& segment, const SegmentOutcome& outcome) {
    return outcome.columns.empty() ? segment.end : std::min(outcome.reached, segment.end);
  }

  process::Command command_;
  std::int64_t cpus_;
  bool checkpoint_;
  std::vector<bool> tied_;
  mutable CpuSeats seats_;
};

}  // namespace

std::unique_ptr<Objective> make_worker_objective(const ObjectiveContext& context, process::Command command,
                                                 std::vector<bool> tied) {
  return std::make_unique<WorkerObjective>(
      context, process::fill(command, lasting_placeholders(absolute_folder(context.folder))), std::move(tied));
}

}  // namespace shoal::workloads::tune
