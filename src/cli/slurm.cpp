// SPDX-License-Identifier: Apache-2.0
// `shoal slurm INPUT.toml`: jobs/run.sbatch with everything filled in, ready for sbatch.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <sstream>

#include "cli/command.hpp"
#include "cli/embedded_files.hpp"
#include "cli/measurement.hpp"
#include "cli/shell_word.hpp"
#include "run/input.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string input;
  std::vector<std::string> overrides;
  int nodes = 1;
  int ranks_per_node = 1;
  int cpus_per_rank = 1;
  std::string time = "1:00:00";
  std::string output;
};

const std::string& shipped_script() {
  for (const EmbeddedFile& file : embedded_files())
    if (file.name == "run.sbatch") return file.text;
  throw SystemError("this program was built without its batch script", ExitCode::internal);
}

// The place of this program, so that the job finds the same one.
std::string own_path() {
  std::error_code ignored;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return path.empty() ? "shoal" : path.string();
}

// What the script gets as if it had been typed behind its name.
std::string arguments(const Options& options) {
  std::string words = shell_word(options.input);
  for (const std::string& text : options.overrides) words.append(" --set ").append(shell_word(text));
  if (!options.output.empty()) words.append(" -o ").append(shell_word(options.output));
  return words;
}

// The value of an "#SBATCH --name=" line that the options decide; nothing for the others.
std::optional<std::string> directive(const std::string& line, const Options& options) {
  const auto is = [&](std::string_view name) { return line.starts_with(fmt::format("#SBATCH --{}=", name)); };
  if (is("job-name")) return fmt::format("#SBATCH --job-name={}", std::filesystem::path(options.input).stem().string());
  if (is("nodes")) return fmt::format("#SBATCH --nodes={}", options.nodes);
  if (is("ntasks-per-node")) return fmt::format("#SBATCH --ntasks-per-node={}", options.ranks_per_node);
  if (is("cpus-per-task")) return fmt::format("#SBATCH --cpus-per-task={}", options.cpus_per_rank);
  if (is("time")) return fmt::format("#SBATCH --time={}", slurm_time(parse_duration(options.time)));
  return std::nullopt;
}

std::string filled_script(const Options& options) {
  std::istringstream script(shipped_script());
  std::string text;
  for (std::string line; std::getline(script, line);) {
    text += directive(line, options).value_or(line) + "\n";
    if (!line.starts_with("set -euo pipefail")) continue;
    text += fmt::format("\n# Filled in by `shoal slurm`.\nset -- {} \"$@\"\nSHOAL=${{SHOAL:-{}}}\n\n", arguments(options), shell_word(own_path()));
  }
  return text;
}

}  // namespace

Action add_slurm(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "slurm", "print a ready batch script for Slurm",
                                  "shoal slurm tune.toml --nodes 4 --ntasks-per-node 2 --cpus-per-task 16 --time 12:00:00 | sbatch");
  command.add_option("INPUT.toml", options->input, "the job")->required();
  add_overrides(command, options->overrides);
  command.add_option("--nodes", options->nodes, "nodes")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  command.add_option("--ntasks-per-node", options->ranks_per_node, "ranks a node")->check(CLI::Range(1, 1 << 16))->capture_default_str();
  command.add_option("--cpus-per-task", options->cpus_per_rank, "worker threads a rank")->check(CLI::Range(1, 1 << 16))->capture_default_str();
  command.add_option("--time", options->time, "time limit of one job: S, M:S, H:M:S or D-H:M:S")->capture_default_str();
  command.add_option("-o,--output", options->output, "result file, as for `shoal run`");
  return [options](const Invocation& invocation) {
    run::load_input(options->input, options->overrides);  // a misspelt key costs a second here, a night in the queue
    invocation.out << filled_script(*options);
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
