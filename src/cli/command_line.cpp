// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ostream>

#include "shoal/config/diagnostics.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/record/build_info.hpp"

namespace shoal::cli {
namespace {

constexpr const char* kDescription =
    "Reproducible parallel workloads: one input file, one result file, the same bits on any number of ranks and threads.";
constexpr const char* kFooter =
    "Example:\n"
    "  shoal init tune > tune.toml          a commented input to start from\n"
    "  mpirun -n 4 shoal run tune.toml      starts, or continues, and leaves tune.h5\n"
    "`shoal COMMAND --help` explains one command.";

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string nearest = config::suggestion(word.substr(0, word.find('=')), candidates);
  return nearest.empty() ? "" : fmt::format(": did you mean `{}`?", nearest);
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

// Before MPI is started, launchers tell each process its number in the environment.
bool is_first_of_launcher() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* rank = std::getenv(name)) return std::string_view(rank) == "0";
  return true;
}

}  // namespace

CommandLine::CommandLine(std::vector<std::string> words)
    : words_(std::move(words)), app_(std::make_unique<CLI::App>(kDescription, "shoal")) {
  app_->footer(kFooter);
  app_->set_version_flag("--version", "", "print the version (`shoal version` says more)");
  app_->require_subcommand(1);
#define SHOAL_COMMAND(name) actions_.emplace_back(#name, add_##name(*app_));
#include "cli/commands.def"
#undef SHOAL_COMMAND
  parse();
}

const CLI::App* CommandLine::chosen() const {
  const auto commands = app_->get_subcommands();
  return commands.empty() ? nullptr : commands.front();
}

void CommandLine::parse() {
  std::vector<std::string> reversed(words_.rbegin(), words_.rend());
  if (!reversed.empty()) reversed.pop_back();  // the program's name
  try {
    app_->parse(reversed);
    for (const auto& [name, action] : actions_)
      if (chosen()->get_name() == name) action_ = action;
  } catch (const CLI::CallForHelp&) {
    help_ = chosen() ? chosen()->help("shoal") : app_->help();
  } catch (const CLI::CallForVersion&) {
    help_ = fmt::format("shoal {}\n", record::build_info().version);
  } catch (const CLI::ExtrasError&) {
    unknown_word();
  } catch (const CLI::ParseError& error) {
    if (words_.size() > 1 && !chosen()) unknown_word();
    usage_error(words_.size() < 2 ? "no command is given" : one_line(error.what()), chosen());
  }
}

void CommandLine::unknown_word() const {
  const CLI::App* command = chosen();
  const std::vector<std::string> unknown = app_->remaining(true);
  const std::string word = unknown.empty() ? words_.at(1) : unknown.front();
  if (!command && !word.starts_with("-"))
    usage_error(fmt::format("unknown command `{}`{}", word, did_you_mean(word, command_names(*app_))), nullptr);
  const auto candidates = option_names(command ? *command : *app_);
  const char* kind = word.starts_with("-") ? "unknown option" : "unexpected argument";
  usage_error(fmt::format("{} `{}`{}", kind, word, did_you_mean(word, candidates)), command);
}

void CommandLine::usage_error(const std::string& what, const CLI::App* command) const {
  const std::string help = command ? command->get_name() + " --help" : "--help";
  throw InputError(fmt::format("{} (see `shoal {}`)", what, help), ExitCode::usage);
}

ExitCode CommandLine::perform(std::ostream& out, std::ostream& err) const {
  ExitCode code = ExitCode::complete;
  if (action_) code = action_({words_, out, err});
  else out << help_;
  out.flush();
  if (!out) throw SystemError("cannot write to standard output");
  return code;
}

ExitCode report(const std::exception_ptr& exception, std::ostream& err) {
  const parallel::Failure failure = parallel::describe(exception);
  if (!is_first_of_launcher()) return failure.code;
  // Errors of an input come with file, line and column; all others get the program's name.
  const bool located = failure.message.starts_with("error E");
  err << (located ? "" : "shoal: ") << failure.message << std::endl;
  return failure.code;
}

}  // namespace shoal::cli
