// SPDX-License-Identifier: Apache-2.0
// `shoal verify RESULT.h5`: is it what its input gives?
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <random>

#include "cli/command.hpp"
#include "cli/verification.hpp"
#include "run/terminal.hpp"

namespace shoal::cli {
namespace {

constexpr ExitCode kDifferent = static_cast<ExitCode>(1);  // as `shoal diff`

struct Options {
  VerifyOptions verify;
  bool seed_given = false;
};

ExitCode perform(const Options& options, std::ostream& out) {
  VerifyOptions how = options.verify;
  if (!options.seed_given) how.seed = std::random_device()();
  const Verification found = verify(how);
  for (const std::string& line : found.differences) out << line << '\n';
  const char* verdict = found.equal() ? "as stored" : "DIFFERENT";
  out << fmt::format("{}: {} of {} tasks computed again (seed {}), {}\n", how.result, run::format_count(found.n_computed),
                     run::format_count(found.n_tasks), how.seed, verdict);
  return found.equal() ? ExitCode::complete : kDifferent;
}

}  // namespace

Action add_verify(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "verify", "compute a random sample of tasks again and compare: exit 0 equal, 1 different",
                                  "shoal verify tune.h5 --fraction 0.1");
  command.add_option("RESULT.h5", options->verify.result, "a complete result")->required();
  command.add_option("--fraction", options->verify.fraction, "of all tasks (default 0.01; at least one task)")->check(CLI::Range(0.0, 1.0));
  auto* seed = command.add_option("--seed", options->verify.seed, "of the choice (default: another one every time)");
  command.add_option("--folder", options->verify.folder, "where the data files are (default: the folder of the input)");
  command.add_option("--threads", options->verify.threads, "worker threads (default: the CPUs given)")->check(CLI::Range(1, 65536));
  return [options, seed](const Invocation& invocation) {
    options->seed_given = seed->count() > 0;
    return perform(*options, invocation.out);
  };
}

}  // namespace shoal::cli
