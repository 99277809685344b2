// SPDX-License-Identifier: Apache-2.0
// A search over a C++ function of one's own: this program has all commands of shoal.
//
//   mpirun -n 2 ./rosenbrock run rosenbrock.toml
#include <stdexcept>

#include "shoal/program.hpp"
#include "shoal/workloads/function.hpp"

namespace {

// 100 (y - x^2)^2 + (1 - x)^2, reached in `steps` steps; its lowest value is 0 at (1, 1).
double rosenbrock(shoal::workloads::FunctionTrial& trial) {
  const double x = trial.real("x"), y = trial.real("y");
  if (trial.text("kind") == "broken") throw std::runtime_error("this kind is broken");
  const double value = 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x);
  for (std::int64_t step = 1; step < trial.steps(); ++step) {
    if (!trial.report(value * static_cast<double>(trial.steps()) / static_cast<double>(step))) return 0;
  }
  trial.attach("distance", (x - 1) * (x - 1) + (y - 1) * (y - 1));
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  shoal::workloads::add_function("rosenbrock", rosenbrock);
  return shoal::run_program(argc, argv);
}
