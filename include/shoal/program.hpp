// SPDX-License-Identifier: Apache-2.0
// The whole program `shoal`, for programs that add something to it (shoal/workloads/function.hpp).
#pragma once

namespace shoal {

// Does what the command line asks for and returns the exit code. Starts and ends MPI itself where a launcher is there.
int run_program(int argc, char** argv);

}  // namespace shoal
