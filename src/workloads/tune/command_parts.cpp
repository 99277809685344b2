// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/command_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace shoal::workloads::tune {
namespace {

namespace fs = std::filesystem;
using config::Code;

const std::vector<std::string> kReserved = {"trial", "seed", "steps", "input_folder"};

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
  command.environment.emplace_back("OMP_NUM_THREADS", std::to_string(p.cpus));
  read_environment(context, command, diagnostics);
  read_templates(context, command, diagnostics);
  return command;
}

process::Values lasting_placeholders(const std::string& input_folder) {
  return {{"input_folder", input_folder}};
}

process::Values placeholders(const search::Space& space, const search::Point& point, const Segment& segment,
                             std::uint64_t seed, const std::string& input_folder) {
  process::Values values = lasting_placeholders(input_folder);
  values.emplace_back("trial", std::to_string(segment.trial));
  values.emplace_back("seed", std::to_string(seed_of_trial(seed, segment.trial)));
  values.emplace_back("steps", std::to_string(segment.end));
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
  return values;
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
