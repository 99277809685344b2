// SPDX-License-Identifier: Apache-2.0
// `shoal watch RESULT.h5`: repeats `shoal status` until the run has ended.
#include <unistd.h>

#include <chrono>
#include <memory>
#include <ostream>
#include <thread>

#include "cli/command.hpp"
#include "cli/result_status.hpp"
#include "run/terminal.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string result;
  double seconds = 2;
};

// On a terminal each status replaces the one before; elsewhere they follow each other.
ExitCode watch(const Options& options, std::ostream& out) {
  const run::Terminal terminal = run::describe_terminal(STDOUT_FILENO);
  const bool in_place = terminal.is_terminal && !terminal.dumb;
  while (true) {
    const ResultStatus status = status_of(options.result, unix_now());
    out << (in_place ? "\x1B[H\x1B[2J" : "") << to_text(status);
    out.flush();
    if (status.status != "running" || !out) return ExitCode::complete;
    if (!in_place) out << '\n';
    std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  }
}

}  // namespace

Action add_watch(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "watch", "repeat `status` until the run has ended", "shoal watch tune.h5 --interval 10");
  command.add_option("RESULT.h5", options->result, "the result")->required();
  command.add_option("--interval", options->seconds, "seconds between looks (default 2)")->check(CLI::Range(0.1, 86400.0));
  return [options](const Invocation& invocation) { return watch(*options, invocation.out); };
}

}  // namespace shoal::cli
