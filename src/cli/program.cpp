// SPDX-License-Identifier: Apache-2.0
#include "shoal/program.hpp"

#include <iostream>
#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace shoal {

int run_program(int argc, char** argv) {
  ExitCode code = ExitCode::internal;
  try {
    const cli::CommandLine line(std::vector<std::string>(argv, argv + argc));
    code = line.perform(std::cout, std::cerr);
  } catch (...) {
    code = cli::report(std::current_exception(), std::cerr);
  }
  return static_cast<int>(code);
}

}  // namespace shoal
