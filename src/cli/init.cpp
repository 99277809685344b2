// SPDX-License-Identifier: Apache-2.0
// `shoal init WORKLOAD`: a commented, runnable input on standard output.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "cli/embedded_files.hpp"
#include "shoal/config/diagnostics.hpp"
#include "workloads/workload.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string name;
  bool list = false;
};

constexpr std::string_view kSuffix = ".toml";

// The shipped inputs by name, without the suffix.
std::vector<EmbeddedFile> shipped_inputs() {
  std::vector<EmbeddedFile> inputs;
  for (const EmbeddedFile& file : embedded_files())
    if (file.name.ends_with(kSuffix)) inputs.push_back({file.name.substr(0, file.name.size() - kSuffix.size()), file.text});
  return inputs;
}

// The first words of an input: its title, else its first comment.
std::string summary_of(const EmbeddedFile& input) {
  for (const auto& workload : workloads::all_workloads())
    if (workload.name == input.name) return workload.summary;
  const auto title = input.text.find("\ntitle = \"");
  if (title == std::string::npos) return "";
  const auto begin = title + 10;
  return input.text.substr(begin, input.text.find('"', begin) - begin);
}

std::string list_text() {
  std::string text;
  for (const EmbeddedFile& input : shipped_inputs()) text += fmt::format("{:<22} {}\n", input.name, summary_of(input));
  return text;
}

const std::string text_of(const std::string& name) {
  std::vector<std::string> names;
  for (const EmbeddedFile& input : shipped_inputs()) {
    if (input.name == name) return input.text;
    names.push_back(input.name);
  }
  throw InputError(fmt::format("no shipped input `{}`: {} (see `shoal init --list`)", name, config::suggestion_or_list(name, names)),
                   ExitCode::usage);
}

}  // namespace

Action add_init(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "init", "print a commented input to start from", "shoal init tune > tune.toml");
  auto* name = command.add_option("WORKLOAD", options->name, "a workload, or another name that --list shows");
  auto* list = command.add_flag("--list", options->list, "all shipped inputs");
  name->excludes(list);
  return [options](const Invocation& invocation) {
    if (!options->list && options->name.empty())
      throw InputError("which workload? (see `shoal init --list`)", ExitCode::usage);
    invocation.out << (options->list ? list_text() : text_of(options->name));
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
