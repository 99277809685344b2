// SPDX-License-Identifier: Apache-2.0
// The program `shoal`.
//
// How to add an option: a member in the Options of src/cli/<command>.cpp and one add_option line below it.
// How to add a command: src/cli/<command>.cpp with its `add_<command>`, and a line in src/cli/commands.def.
// How to add a key to an input: one line in the `bind` of its struct; see include/shoal/config/schema.hpp.
#include <iostream>
#include <string>
#include <vector>

#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  shoal::ExitCode code = shoal::ExitCode::internal;
  try {
    // 1. What is asked for. Wrong words end here, before MPI, threads or files are touched.
    const shoal::cli::CommandLine line(std::vector<std::string>(argv, argv + argc));

    // 2. Do it. `run` and `check --measure` start MPI if a launcher is there, and end it.
    code = line.perform(std::cout, std::cerr);
  } catch (...) {
    // 3. Every failure becomes one message and an exit code, here and nowhere else.
    code = shoal::cli::report(std::current_exception(), std::cerr);
  }
  return static_cast<int>(code);
}
