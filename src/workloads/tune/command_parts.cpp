// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/command_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace shoal::workloads::tune {
namespace {

namespace fs = std::filesystem;
using config::Code;

const std::vector<std::string> kReserved = {"trial", "seed", "steps", "begin", "checkpoint", "input_folder"};

std::string inside(const std::string& folder, const std::string& path) {
  return (fs::path(folder) / path).string();
}

void read_templates(const ObjectiveContext& context, process::Command& command, config::Diagnostics& diagnostics) {
  for (const std::string& path : context.parameters.objective.command.templates) {
    std::ifstream file(inside(context.folder, path), std::ios::binary);
    if (!file) {
      diagnostics.error(Code::data_file, context.root.where("objective.templates"),
                        fmt::format("cannot read the template {}", inside(context.folder, path)),
                        "paths are relative to the folder of the input");
      continue;
    }
    command.files.push_back({fs::path(path).filename().string(), std::string(std::istreambuf_iterator<char>(file), {})});
  }
}

void read_environment(const ObjectiveContext& context, process::Command& command, config::Diagnostics& diagnostics) {
  for (const std::string& text : context.parameters.objective.command.environment) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      diagnostics.error(Code::not_allowed, context.root.where("objective.environment"),
                        fmt::format("{} sets no variable", config::quoted(text)), "write \"NAME=value\"");
      continue;
    }
    command.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
}

}  // namespace

std::string absolute_folder(const std::string& folder) {
  std::string path = fs::absolute(folder.empty() ? "." : folder).lexically_normal().string();
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

process::Command command_of(const ObjectiveContext& context, config::Diagnostics& diagnostics) {
  const CommandParameters& p = context.parameters.objective.command;
  process::Command command;
  command.arguments = p.arguments;
  command.shell = p.shell;
  command.limits.wall_seconds = p.timeout_seconds;
  command.limits.memory_bytes = static_cast<std::int64_t>(p.memory_mb * 1e6);
  command.kept_output_bytes = 128 * 1024;
  const std::string folder = absolute_folder(context.folder);
  command.folder = p.folder.empty() ? folder : inside(folder, p.folder);
  // A program in a folder, but not yet an absolute path: from the folder of the input, not from where Shoal runs.
  const bool given = p.arguments.front().starts_with('{');  // {input_folder}/program
  if (!p.shell && !given && p.arguments.front().find('/') != std::string::npos)
    command.arguments[0] = inside(folder, p.arguments[0]);
  read_environment(context, command, diagnostics);
  read_templates(context, command, diagnostics);
  return command;
}

process::Values lasting_placeholders(const std::string& input_folder) {
  return {{"input_folder", input_folder}};
}

process::Values placeholders(const search::Space& space, const search::Point& point, const Segment& segment,
                             std::uint64_t seed, const std::string& input_folder, const std::string& checkpoint) {
  process::Values values = lasting_placeholders(input_folder);
  values.emplace_back("trial", std::to_string(segment.trial));
  values.emplace_back("seed", std::to_string(seed_of_trial(seed, segment.trial)));
  values.emplace_back("steps", std::to_string(segment.end));
  if (!checkpoint.empty()) {
    values.emplace_back("begin", std::to_string(segment.begin));
    values.emplace_back("checkpoint", checkpoint);
  }
  const auto add = [&values](const std::string& name, const std::string& text) {
    const bool there = std::any_of(values.begin(), values.end(), [&](const auto& value) { return value.first == name; });
    if (!there) values.emplace_back(name, text);
  };
  const Settings settings = settings_at(space, point);
  for (const auto& [name, value] : settings) add(name, argument_text(value));
  for (const search::Assignment& assignment : space.assignments(point)) add(assignment.path, argument_text(assignment.value));
  for (const search::Column& column : space.columns()) {
    const auto setting = std::find_if(settings.begin(), settings.end(),
                                      [&](const auto& s) { return s.first == plain_name(column.name); });
    const std::string text = setting == settings.end() ? "" : argument_text(setting->second);
    add(column.name, text);
    add(plain_name(column.name), text);
  }
  for (const search::Space::Key& key : space.keys()) {  // of branches that were not taken
    add(key.path, "");
    add(plain_name(key.path), "");
  }
  return values;
}

void check_placeholders(const ObjectiveContext& context, const process::Command& command, config::Diagnostics& diagnostics) {
  const CommandParameters& p = context.parameters.objective.command;
  process::Values values = lasting_placeholders("");
  const auto middle = context.space.build([&](int i) {
    return context.space.parameters()[static_cast<std::size_t>(i)].prior.quantile(0.5);
  });
  if (!p.persistent) values = placeholders(context.space, middle, Segment{}, context.seed, "", p.checkpoint ? "folder" : "");
  std::vector<std::string> known;
  for (const auto& [name, value] : values) known.push_back(name);
  for (const std::string& name : process::placeholder_names(command)) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const bool of_checkpoint = name == "begin" || name == "checkpoint";
    std::string hint = fmt::format("{} (for the text itself write {{{{{}}}}})", config::suggestion_or_list(name, known), name);
    if (p.persistent) hint = "a worker is started once: parameters come to it as JSON lines";
    else if (of_checkpoint) hint = "it needs checkpoint = true";
    diagnostics.error(Code::unknown_key, context.root.where("objective.command"),
                      fmt::format("the placeholder {{{}}} has no value", name), std::move(hint));
  }
}

std::vector<bool> read_tied(const ObjectiveContext& context, config::Diagnostics& diagnostics) {
  const std::vector<search::Parameter>& parameters = context.space.parameters();
  std::vector<std::string> names;
  for (const search::Parameter& parameter : parameters) names.push_back(parameter.name);
  std::vector<bool> tied(parameters.size());
  for (const std::string& name : context.parameters.objective.command.tied) {
    bool found = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] != name) continue;
      found = tied[i] = true;
    }
    if (!found)
      diagnostics.error(Code::not_allowed, context.root.where("objective.tied"), fmt::format("there is no parameter `{}`", name),
                        config::suggestion_or_list(name, names));
  }
  return tied;
}

void set_cpus(process::Command& command, std::int64_t cpus, const tasks::Team& team, const std::vector<int>& own_cpus) {
  const std::int64_t n = std::max<std::int64_t>(cpus, team.size());
  command.environment.emplace(command.environment.begin(), "OMP_NUM_THREADS", std::to_string(n));
  // One CPU that nobody asked for is no reservation: the program then runs where the system puts it.
  if (cpus > 0 || n > 1) command.cpus = own_cpus;
}

std::vector<std::string> describe_command(const std::string& what, const process::Command& command, std::int64_t cpus, bool checkpoint) {
  std::vector<std::string> lines = {fmt::format("objective   {}: {}", what, fmt::join(command.arguments, " ")),
                                    fmt::format("folder      {}", command.folder)};
  if (cpus > 0) lines.push_back(fmt::format("cpus        each trial takes {} worker threads of its rank, and as many CPUs", cpus));
  if (checkpoint) lines.emplace_back("checkpoint  trials go on from the files that they left");
  return lines;
}

void keep_checkpoint(const CheckpointFolder& folder, SegmentOutcome& outcome, tasks::Bytes& next) {
  const std::int64_t bytes = folder.bytes();
  if (bytes <= kLargestCheckpoint) {
    next = folder.pack();
    return;
  }
  outcome.state = search::State::failed;
  outcome.fail_reason = fmt::format("its checkpoint has {} bytes; at most {} can travel", bytes, kLargestCheckpoint);
}

bool check_reserved_names(const ObjectiveContext& context, config::Diagnostics& diagnostics) {
  for (const std::string& name : setting_names(context.space)) {
    if (std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end()) continue;
    diagnostics.error(Code::contradiction, context.root.where("space"), fmt::format("a parameter is called `{}`", name),
                      fmt::format("give it another name: {{{}}} is what the trial itself says", name));
    return false;
  }
  return true;
}

}  // namespace shoal::workloads::tune
