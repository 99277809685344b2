// SPDX-License-Identifier: Apache-2.0
// A trial that runs a program to its end: one process a trial. Its last line of standard output, or of a named file, is
// the result (program_result.hpp).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "shoal/error.hpp"
#include "workloads/tune/command_parts.hpp"
#include "workloads/tune/program_result.hpp"

namespace shoal::workloads::tune {
namespace {

namespace fs = std::filesystem;
using config::Code;

class CommandObjective final : public PlainObjective {
 public:
  CommandObjective(const ObjectiveContext& context, process::Command command)
      : PlainObjective(context),
        command_(std::move(command)),
        input_folder_(absolute_folder(context.folder)),
        result_file_(context.parameters.objective.command.result_file),
        output_bytes_(static_cast<std::size_t>(context.parameters.objective.command.output_bytes)) {}

  bool reproducible() const override { return false; }

  bool run(const Segment& segment, const search::Point& point, tasks::ByteView, const tasks::StopToken& stop,
           tasks::Workspace*, SegmentOutcome& outcome, tasks::Bytes&) const override {
    const process::Command command =
        process::fill(command_, placeholders(space(), point, segment, seed(), input_folder_));
    const fs::path result = fs::path(command.folder) / result_file_;
    std::error_code ignored;
    if (!result_file_.empty()) fs::remove(result, ignored);  // of an attempt that was interrupted
    const process::Outcome ended = process::run(command, [&stop] { return stop.requested(); });
    if (ended.state == process::State::stopped) return false;
    outcome.reached = segment.end;
    if (ended.state != process::State::ok) set_failed(outcome, state_of(ended.state), ended.message);
    else if (result_file_.empty()) read_last_line(ended.out.text(), "standard output", *this, outcome);
    else read_file(result, outcome);
    for (const Rung& rung : segment.rungs) {
      if (outcome.state == search::State::ok) outcome.rungs.push_back({rung.resource, outcome.loss});
    }
    outcome.costs = {{"wall_seconds", ended.wall_seconds},
                     {"cpu_seconds", ended.cpu_seconds},
                     {"peak_bytes", static_cast<double>(ended.peak_bytes)}};
    outcome.texts = {{"stdout", shortened(ended.out.text())}, {"stderr", shortened(ended.err.text())}};
    return true;
  }

  std::vector<std::string> describe() const override {
    return {fmt::format("objective   {} of the command: {}", metric(), fmt::join(command_.arguments, " ")),
            fmt::format("folder      {}", command_.folder)};
  }

 private:
  void read_file(const fs::path& path, SegmentOutcome& outcome) const {
    std::ifstream file(path, std::ios::binary);
    if (!file) return set_failed(outcome, search::State::failed, fmt::format("it left no file {}", path.string()));
    read_last_line(std::string(std::istreambuf_iterator<char>(file), {}), path.string(), *this, outcome);
  }

  std::string shortened(const std::string& text) const {
    process::CapturedText captured(output_bytes_);
    captured.append(text);
    return captured.text();
  }

  process::Command command_;
  std::string input_folder_;
  std::string result_file_;
  std::size_t output_bytes_;
};

// Relations between keys; every placeholder is tried on random points.
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
  if (!p.persistent && context.parameters.search.scheduler != "none")
    contradiction("search.scheduler", "a command that runs to its end cannot be stopped on its way",
                  "make it a worker that reports values: persistent = true");
  if (diagnostics.count() > before) return false;
  try {
    const std::string folder = absolute_folder(context.folder);
    if (p.persistent) process::fill(command, lasting_placeholders(folder));
    for (const search::Point& point : sample_points(context.space, p.persistent ? 0 : 64))
      process::fill(command, placeholders(context.space, point, Segment{}, context.seed, folder));
  } catch (const InputError& error) {
    diagnostics.error(Code::unknown_key, context.root.where("objective.command"), "a placeholder of the command has no value",
                      p.persistent ? std::string("a worker is started once: parameters come to it as JSON lines") : error.what());
  }
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
  if (context.parameters.objective.command.persistent) return make_worker_objective(context, std::move(command));
  return std::make_unique<CommandObjective>(context, std::move(command));
}

}  // namespace shoal::workloads::tune
