// SPDX-License-Identifier: Apache-2.0
// `shoal run INPUT.toml`: starts or resumes.
#include <map>
#include <memory>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "run/execute.hpp"
#include "shoal/parallel/session.hpp"

namespace shoal::cli {
namespace {

struct Options {
  run::RunOptions run;
  std::string max_time;
};

const std::map<std::string, run::ProgressMode> kProgress = {{"auto", run::ProgressMode::automatic},
                                                            {"bar", run::ProgressMode::bar},
                                                            {"lines", run::ProgressMode::lines},
                                                            {"off", run::ProgressMode::off}};
const std::map<std::string, run::ColorMode> kColor = {{"auto", run::ColorMode::automatic},
                                                      {"always", run::ColorMode::always},
                                                      {"never", run::ColorMode::never}};

// An option whose value is one of the names of a map.
template <class T>
void add_choice(CLI::App& command, const std::string& name, T& target, const std::map<std::string, T>& names,
                const std::string& help) {
  std::vector<std::string> allowed;
  for (const auto& [word, value] : names) allowed.push_back(word);
  command.add_option_function<std::string>(name, [&target, &names](const std::string& word) { target = names.at(word); }, help)
      ->check(CLI::IsMember(allowed));
}

ExitCode perform(Options options, const Invocation& invocation) {
  options.run.command_line = invocation.words;
  options.run.max_time_from_slurm = options.max_time == "auto";
  if (!options.max_time.empty() && options.max_time != "auto") options.run.max_time_seconds = parse_duration(options.max_time);
  parallel::Session session;
  run::RunEnd end;
  try {
    end = run::execute(options.run, session);
  } catch (...) {
    // Said while all ranks are alive: at the first exit code of any rank mpirun ends the others, rank 0 perhaps unheard.
    end.code = report(std::current_exception(), invocation.err);
  }
  return static_cast<ExitCode>(session.finish(end.code, end.abandon));
}

}  // namespace

Action add_run(CLI::App& app) {
  auto options = std::make_shared<Options>();
  run::RunOptions& run = options->run;
  CLI::App& command = add_command(app, "run", "start a job, or continue it: the same command does both",
                                  "mpirun -n 4 shoal run tune.toml --threads 2 --set search.trials=100 --max-time 1:30:00");
  command.add_option("INPUT.toml", run.input, "the job")->required();
  add_overrides(command, run.overrides);
  command.add_option("-o,--output", run.output, "result file (default: the input's name with .h5, in this folder)");
  command.add_option("--threads", run.threads, "worker threads a rank (default: the CPUs given to it)")->check(CLI::Range(1, 65536));
  command.add_option("--max-time", options->max_time, "stop in order after S, M:S, H:M:S or D-H:M:S; auto: ask Slurm");
  command.add_flag("--new", run.fresh, "start afresh; an existing result is kept as RESULT.h5.1, .2, ...");
  command.add_flag("--extend", run.extend, "continue a complete result whose growing keys have grown");
  add_choice(command, "--progress", run.progress, kProgress, "auto, bar, lines or off");
  add_choice(command, "--color", run.color, kColor, "auto, always or never");
  command.add_flag("--json", run.json, "end report as one JSON object on standard output");
  return [options](const Invocation& invocation) { return perform(*options, invocation); };
}

}  // namespace shoal::cli
