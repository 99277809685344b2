// SPDX-License-Identifier: Apache-2.0
// What a command is. Each has a file of its own and a line in commands.def.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "shoal/error.hpp"

namespace shoal::cli {

// What a command may use besides its options.
struct Invocation {
  const std::vector<std::string>& words;  // the command line as typed
  std::ostream& out;
  std::ostream& err;
};

// Does the work, once the options are parsed. Failures are thrown.
using Action = std::function<ExitCode(const Invocation&)>;

// Adds a subcommand with an example below its help.
CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& example);

// --set section.key=value, any number of times.
void add_overrides(CLI::App& command, std::vector<std::string>& overrides);

// "90" or "90s" (seconds), "30:00", "1:30:00", "1-12:00:00" (days) in seconds. Throws InputError (64).
double parse_duration(const std::string& text);

#define SHOAL_COMMAND(name) Action add_##name(CLI::App& app);
#include "cli/commands.def"
#undef SHOAL_COMMAND

}  // namespace shoal::cli
