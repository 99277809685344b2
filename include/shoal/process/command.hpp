// SPDX-License-Identifier: Apache-2.0
// Runs external programs, from any thread of any rank, safely next to MPI: children are made as posix_spawn makes them
// (the memory of the rank is neither copied nor marked, so registered memory stays registered), and nothing of the rank
// leaks into them: no descriptors, signal handlers, blocked signals or variables of launchers.
//
// Every command has its own process group. Nothing of it outlives its end: the group is killed when the program has
// ended, direct children die with the thread that started them, and a watcher (one small shell a rank, started with the
// first command) ends what is left when the rank dies, even by SIGKILL, including processes that left the group.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/process/outcome.hpp"

namespace shoal::process {

struct Limits {
  double wall_seconds = 0;        // 0: none
  // Resident memory of the program and its descendants together (pages they share count for each), 0: none. It is
  // watched, at first after 1 ms and from then on at least every 20 ms; the group is killed when it is above. Not
  // RLIMIT_AS: that limits addresses, and Python, Java and GPU libraries reserve far more of these than they use.
  std::int64_t memory_bytes = 0;
  double grace_seconds = 1;       // between SIGTERM and SIGKILL after a timeout or a stop
};

struct File {
  std::string path;               // relative to the command's folder
  std::string text;
};

struct Command {
  std::vector<std::string> arguments;               // the program first: looked up in PATH, or a path (./x: from where Shoal runs)
  bool shell = false;                               // arguments[0] is a line for /bin/sh; the others are its $1, $2 ...
  std::vector<std::pair<std::string, std::string>> environment;  // added to the clean environment, or replacing a variable
  std::string folder;                               // working folder, made if missing; empty: where Shoal runs
  std::vector<File> files;                          // written before the start
  std::string input;                                // what the program reads on its standard input
  std::vector<int> cpus;                            // its CPUs; empty: those of the calling thread. Sets OMP_NUM_THREADS too
  Limits limits;
  std::size_t kept_output_bytes = 128 * 1024;       // of each of stdout and stderr: half from the start, half from the end
};

using Values = std::vector<std::pair<std::string, std::string>>;

// `text` with every {name} replaced by its value; {{name}} is the text {name}, and braces around anything but a name (a
// letter or _, then letters, digits, _ - .) stay. Throws InputError for a name without value, saying line and names.
std::string fill(std::string_view text, const Values& values);

// The command with its arguments, environment, folder, files and input filled in. The values in the line of a shell are
// quoted, so that no value is ever read as shell syntax.
Command fill(const Command& command, const Values& values);

// The names of all placeholders in what fill() fills in, each once, in order.
std::vector<std::string> placeholder_names(const Command& command);

// `variables` ("NAME=value") without what launchers tell their own children: OMPI_*, PMI*, PRTE_*, SLURM_STEP* and so on,
// and without what binds the threads of a rank: OMP_PLACES, OMP_PROC_BIND and their like.
std::vector<std::string> clean_environment(const std::vector<std::string>& variables);

// Asked at least every 0.05 s; true ends the command.
using StopQuery = std::function<bool()>;

// Takes a line of standard output, without its end, as soon as it was read; lines over 1 MiB are left out. False ends the
// command.
using LineQuery = std::function<bool(std::string_view line)>;

// Runs it to its end. Every failure of the program is an outcome; throws InputError for a command that makes no sense
// (no arguments) and SystemError if this process or the machine is at its limits (descriptors, processes, disk).
Outcome run(const Command& command, const StopQuery& stop = {}, const LineQuery& line = {});

}  // namespace shoal::process
