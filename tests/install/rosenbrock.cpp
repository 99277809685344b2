// SPDX-License-Identifier: Apache-2.0
// A search over a C++ function of one's own: this program has all commands of shoal.
//
//   mpirun -n 2 ./rosenbrock run rosenbrock.toml
#include <array>
#include <stdexcept>

#include "shoal/program.hpp"
#include "shoal/workloads/function.hpp"

namespace {

// 100 (y - x^2)^2 + (1 - x)^2, reached in `steps` steps; its lowest value is 0 at (1, 1). The two terms are shared among
// the threads of a trial: schedule.threads_per_task = 2.
double rosenbrock(shoal::workloads::FunctionTrial& trial) {
  const double x = trial.real("x"), y = trial.real("y");
  if (trial.text("kind") == "broken") throw std::runtime_error("this kind is broken");
  std::array<double, 2> terms{};
  trial.team().run([&](int member) {
    for (int term = member; term < 2; term += trial.threads())
      terms[static_cast<std::size_t>(term)] = term == 0 ? 100 * (y - x * x) * (y - x * x) : (1 - x) * (1 - x);
  });
  const double value = terms[0] + terms[1];
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
