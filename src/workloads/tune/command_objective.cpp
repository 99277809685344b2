// SPDX-License-Identifier: Apache-2.0
// A trial that runs a program to its end: one process a leg. Its last line of standard output, or of a named file, is the
// result (program_result.hpp). With steps > 1 JSON lines on standard output with the metric are values on the way, one a
// step: they make the history, and a trial that a scheduler has given up is ended at once.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "shoal/process/json_line.hpp"
#include "workloads/tune/command_parts.hpp"
#include "workloads/tune/cpu_seats.hpp"
#include "workloads/tune/program_result.hpp"

namespace shoal::workloads::tune {
namespace {

namespace fs = std::filesystem;
using config::Code;

class Bound final : public tasks::Workspace {
 public:
  explicit Bound(CpuSeats& seats) : seat(seats) {}
  CpuSeats::Seat seat;
};

class CommandObjective final : public PlainObjective {
 public:
  CommandObjective(const ObjectiveContext& context, process::Command command, std::vector<bool> tied)
      : PlainObjective(context),
        command_(std::move(command)),
        input_folder_(absolute_folder(context.folder)),
        parameters_(context.parameters.objective.command),
        tied_(std::move(tied)) {}

  bool reproducible() const override { return false; }
  bool continues() const override { return parameters_.checkpoint; }
  std::vector<bool> tied_parameters() const override { return tied_; }
  int threads_per_task() const override { return static_cast<int>(std::max<std::int64_t>(1, parameters_.cpus)); }
  void set_cpus(const std::vector<std::vector<int>>& of_teams) override { seats_.set(of_teams); }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return std::make_unique<Bound>(seats_); }

  bool run(const Segment& segment, const search::Point& point, tasks::ByteView state, const Execution& execution,
           SegmentOutcome& outcome, tasks::Bytes& next) const override {
    std::optional<CheckpointFolder> checkpoint;
    if (parameters_.checkpoint) checkpoint.emplace(state);
    process::Command command = process::fill(
        command_, placeholders(space(), point, segment, seed(), input_folder_, checkpoint ? checkpoint->path() : ""));
    tune::set_cpus(command, parameters_.cpus, execution.team, static_cast<const Bound&>(*execution.workspace).seat.cpus());
    const fs::path result = fs::path(command.folder) / parameters_.result_file;
    std::error_code ignored;
    if (!parameters_.result_file.empty()) fs::remove(result, ignored);  // of an attempt that was interrupted
    StepLog log{segment, *this, outcome};
    // By us: at a rung, or because this is all of the resource that was asked for. Who is to leave a checkpoint ends itself.
    bool stopped = false;
    const auto listen = [&](std::string_view line) {
      stopped = stopped || !note(line, log) || (!checkpoint && log.step() >= segment.end && segment.end < steps());
      return !stopped;
    };
    const process::Outcome ended = process::run(command, [&execution] { return execution.stop.requested(); },
                                                steps() > 1 ? process::LineQuery(listen) : process::LineQuery());
    if (ended.state == process::State::stopped && !stopped) return false;
    if (!stopped) conclude(segment, ended, result, outcome);
    outcome.costs = {{"wall_seconds", ended.wall_seconds},
                     {"cpu_seconds", ended.cpu_seconds},
                     {"peak_bytes", static_cast<double>(ended.peak_bytes)}};
    outcome.texts = {{"stdout", shortened(ended.out.text())}, {"stderr", shortened(ended.err.text())}};
    if (checkpoint && outcome.state == search::State::ok) keep_checkpoint(*checkpoint, outcome, next);
    return true;
  }

  std::vector<std::string> describe() const override {
    return describe_command(fmt::format("{} of the command", metric()), command_, parameters_.cpus, parameters_.checkpoint);
  }

 private:
  // What is no JSON object, or has no such number, is for people.
  bool note(std::string_view text, StepLog& log) const {
    const std::optional<process::JsonLine> line = process::JsonLine::last_of(text);
    const std::optional<double> value = line && !line->is_true("done") ? line->number(metric()) : std::nullopt;
    return !value || log.note_next(*value);
  }

  void conclude(const Segment& segment, const process::Outcome& ended, const fs::path& result, SegmentOutcome& outcome) const {
    if (ended.state != process::State::ok) set_failed(outcome, state_of(ended.state), ended.message);
    else if (parameters_.result_file.empty()) read_last_line(ended.out.text(), "standard output", *this, outcome);
    else read_file(result, outcome);
    const bool told = !outcome.columns.empty();  // on its way
    if (!told || outcome.state != search::State::ok) {
      outcome.reached = segment.end;
      for (const Rung& rung : segment.rungs) {
        if (outcome.state == search::State::ok && rung.resource == segment.end) outcome.rungs.push_back({rung.resource, outcome.loss});
      }
    }
  }

  void read_file(const fs::path& path, SegmentOutcome& outcome) const {
    std::ifstream file(path, std::ios::binary);
    if (!file) return set_failed(outcome, search::State::failed, fmt::format("it left no file {}", path.string()));
    read_last_line(std::string(std::istreambuf_iterator<char>(file), {}), path.string(), *this, outcome);
  }

  std::string shortened(const std::string& text) const {
    process::CapturedText captured(static_cast<std::size_t>(parameters_.output_bytes));
    captured.append(text);
    return captured.text();
  }

  process::Command command_;
  std::string input_folder_;
  CommandParameters parameters_;
  std::vector<bool> tied_;
  mutable CpuSeats seats_;
};

// Relations between keys.
bool check_command(const ObjectiveContext& context, const process::Command& command, config::Diagnostics& diagnostics) {
  const CommandParameters& p = context.parameters.objective.command;
  const std::size_t before = diagnostics.count();
  const auto contradiction = [&](const char* key, std::string message, std::string hint) {
    diagnostics.error(Code::contradiction, context.root.where(key), std::move(message), std::move(hint));
  };
  if (!p.templates.empty() && p.folder.empty())
    contradiction("objective.templates", "filled templates need a folder for each trial", "add folder = \"trials/{trial}\"");
  if (!p.result_file.empty() && p.folder.empty())
    contradiction("objective.result_file", "all trials would write the same result file", "add folder = \"trials/{trial}\"");
  if (p.persistent && (!p.folder.empty() || !p.result_file.empty() || !p.templates.empty()))
    contradiction("objective.persistent", "a persistent worker has no folder, templates or result file of a trial",
                  "leave them out: it gets its parameters and gives its results as JSON lines");
  if (!p.tied.empty() && !p.checkpoint)
    contradiction("objective.tied", "without checkpoints nothing is tied to them", "add checkpoint = true, or leave `tied` out");
  check_placeholders(context, command, diagnostics);
  return diagnostics.count() == before;
}

}  // namespace

std::vector<std::string> command_keys() {
  return {};
}

std::unique_ptr<Objective> make_command_objective(const ObjectiveContext& context, config::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.count();
  if (context.parameters.objective.command.arguments.empty()) {
    diagnostics.error(Code::missing_key, context.root.where("objective"), "missing key `command` in [objective]",
                      "such as command = [\"./simulate\", \"--rate\", \"{rate}\"]");
    return nullptr;
  }
  process::Command command = command_of(context, diagnostics);
  if (diagnostics.count() > before || !check_reserved_names(context, diagnostics) ||
      !check_command(context, command, diagnostics))
    return nullptr;
  std::vector<bool> tied = read_tied(context, diagnostics);
  if (context.parameters.objective.command.persistent) return make_worker_objective(context, std::move(command), std::move(tied));
  return std::make_unique<CommandObjective>(context, std::move(command), std::move(tied));
}

}  // namespace shoal::workloads::tune
