// SPDX-License-Identifier: Apache-2.0
// A C++ function as the objective of a search, for programs made with the library:
//
//   #include "shoal/program.hpp"
//   #include "shoal/workloads/function.hpp"
//
//   int main(int argc, char** argv) {
//     shoal::workloads::add_function("square", [](shoal::workloads::FunctionTrial& trial) {
//       const double x = trial.real("x");
//       return x * x;
//     });
//     return shoal::run_program(argc, argv);
//   }
//
// That program has all commands of `shoal`: `mpirun -n 4 ./square run square.toml`, with, in the input,
//
//   [objective]
//   kind = "function"
//   function = "square"
//
// The function is called on many threads at once. It should depend on the trial alone: then the search gives the same
// result on any number of ranks and threads. What it throws (std::exception) makes the trial fail, with the reason.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/tasks/team.hpp"

namespace shoal::workloads {

// One trial, as its function sees it. Parameters have the names of [space], with _ for dots.
class FunctionTrial {
 public:
  virtual ~FunctionTrial() = default;

  virtual std::int64_t number() const = 0;
  // Of random numbers: positive, below 2^31, another for every trial.
  virtual std::int64_t seed() const = 0;
  // How many values it should report, from 1 on; [objective] steps, or fewer.
  virtual std::int64_t steps() const = 0;

  // Is the parameter active?
  virtual bool has(std::string_view name) const = 0;
  // Values by name; throw InputError if there is none of that kind. A whole number is a real one too; `text` gives
  // everything as text; `integers` takes lists such as [5, 8, 5].
  virtual double real(std::string_view name) const = 0;
  virtual std::int64_t integer(std::string_view name) const = 0;
  virtual std::string text(std::string_view name) const = 0;
  virtual std::vector<std::int64_t> integers(std::string_view name) const = 0;

  // The value of the next step, on the way; false: the trial is pruned, return anything.
  virtual bool report(double value) = 0;
  // Attaches a number to the trial: /results/trials/values/<name>.
  virtual void attach(std::string name, double value) = 0;
  // Should it stop? Ask at least every 0.2 s and return anything if so: the trial will run again.
  virtual bool stop_requested() const = 0;
  // The threads that may work on the trial: schedule.threads_per_task of them, the calling one among them. The value
  // returned must not depend on their number.
  virtual tasks::Team& team() = 0;
  int threads() { return team().size(); }
};

using Function = std::function<double(FunctionTrial&)>;

// Makes a function known by its name, before the program runs. Throws std::logic_error if the name is taken.
void add_function(std::string name, Function function);

}  // namespace shoal::workloads
