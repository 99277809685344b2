// SPDX-License-Identifier: Apache-2.0
// `shoal status RESULT.h5`: how far it is.
#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "cli/result_status.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string result;
  bool json = false;
};

}  // namespace

Action add_status(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "status", "running, partial or complete; progress; safe while the run is alive",
                                  "shoal status tune.h5 --json");
  command.add_option("RESULT.h5", options->result, "the result")->required();
  command.add_flag("--json", options->json, "as one JSON object");
  return [options](const Invocation& invocation) {
    const ResultStatus status = status_of(options->result, unix_now());
    invocation.out << (options->json ? to_json(status).append(1, '\n') : to_text(status));
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
