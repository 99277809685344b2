// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/pop.hpp"

#include <random>
#include <set>

#include "catch.hpp"

using namespace shoal::measure;

namespace {

// Two processes of two threads for 100 s. The first: serial useful time 10, one region of 70 with useful times 70 and 50,
// MPI 20. The second: 10, a region of 50 with 50 and 40, MPI 40.
Trace trace_a() {
  Trace trace;
  trace.wall = 100;
  trace.processes = {{20, 10, 70, {80, 50}, 20, 0}, {40, 10, 50, {60, 40}, 10, 1}};
  return trace;
}

Trace pure_processes(const std::vector<double>& useful, double wall) {
  Trace trace;
  trace.wall = wall;
  for (const double u : useful) trace.processes.push_back({wall - u, u, 0, {u}, 0, 0});
  return trace;
}

}  // namespace

TEST_CASE("Trace A has the known multiplicative factors", "[unit]") {
  const HybridMultiplicative m = hybrid_multiplicative(trace_a());
  CHECK(m.parallel_efficiency == Approx(0.575));
  CHECK(m.communication_efficiency == Approx(0.80));
  CHECK(m.load_balance == Approx(0.71875));
  CHECK(m.mpi_parallel_efficiency == Approx(0.70));
  CHECK(m.mpi_communication_efficiency == Approx(0.80));
  CHECK(m.mpi_load_balance == Approx(0.875));
  CHECK(m.openmp_parallel_efficiency == Approx(0.821428571).epsilon(1e-9));
  CHECK(m.openmp_communication_efficiency == Approx(1.0));
  CHECK(m.openmp_load_balance == Approx(0.821428571).epsilon(1e-9));
  CHECK(std::isnan(m.mpi_transfer_efficiency));
}

TEST_CASE("Trace A has the known additive factors", "[unit]") {
  const HybridAdditive a = hybrid_additive(trace_a());
  CHECK(a.parallel_efficiency == Approx(0.575));
  CHECK(a.process_efficiency == Approx(0.70));
  CHECK(a.process_communication_efficiency == Approx(0.80));
  CHECK(a.process_load_balance == Approx(0.90));
  CHECK(a.thread_efficiency == Approx(0.875));
  CHECK(a.openmp_parallel_efficiency == Approx(0.925));
  CHECK(a.serial_region_efficiency == Approx(0.95));
  CHECK(a.openmp_load_balance == Approx(0.925));
}

TEST_CASE("Trace A has TALP's known times and factors", "[unit]") {
  const Talp t = talp(trace_a());
  CHECK(t.useful == Approx(230));
  CHECK(t.mpi == Approx(60));
  CHECK(t.serialisation == Approx(80));
  CHECK(t.load_imbalance == Approx(30));
  CHECK(t.scheduling == Approx(0).margin(1e-12));
  CHECK(t.parallel_efficiency == Approx(0.575));
  CHECK(t.openmp_parallel_efficiency == Approx(0.725));
  CHECK(t.openmp_serialisation_efficiency == Approx(0.783783784).epsilon(1e-9));
  CHECK(t.openmp_load_balance == Approx(0.925));
  CHECK(t.openmp_scheduling_efficiency == Approx(1));
  CHECK(t.mpi_parallel_efficiency_1 == Approx(0.793103448).epsilon(1e-9));
  CHECK(t.mpi_parallel_efficiency_2 == Approx(0.70));
  CHECK(t.mpi_communication_efficiency_2 == Approx(0.80));
  CHECK(t.mpi_load_balance_2 == Approx(0.875));
  CHECK(t.mpi_load_balance_in_2 == Approx(1.0));
  CHECK(t.mpi_load_balance_out_2 == Approx(0.875));
}

TEST_CASE("Processes on one node are balanced within it, not between nodes", "[unit]") {
  Trace trace = trace_a();
  trace.processes[1].node = 0;
  CHECK(talp(trace).mpi_load_balance_in_2 == Approx(0.875));
  CHECK(talp(trace).mpi_load_balance_out_2 == Approx(1.0));
}

TEST_CASE("An ideal network splits the communication efficiency", "[unit]") {
  Trace trace = trace_a();
  trace.ideal = 90;
  const HybridMultiplicative m = hybrid_multiplicative(trace);
  CHECK(m.mpi_serialisation_efficiency * m.mpi_transfer_efficiency == Approx(m.mpi_communication_efficiency));
  const HybridAdditive a = hybrid_additive(trace);
  CHECK(a.process_serialisation_efficiency + a.process_transfer_efficiency - 1 == Approx(a.process_communication_efficiency));
  const std::vector<double> useful = {80, 50};
  const PureMpi p = pure_mpi(useful, 100, 90);
  CHECK(p.serialisation_efficiency * p.transfer_efficiency == Approx(p.communication_efficiency));
}

TEST_CASE("Ranks with rising work: load balance and parallel efficiency are (P + 1) / 2P", "[unit]") {
  for (const auto& [n, expected] : {std::pair{4, 0.625}, {16, 0.53125}, {64, 0.5078125}}) {
    std::vector<double> useful;
    for (int i = 1; i <= n; ++i) useful.push_back(0.25 * i);
    const PureMpi p = pure_mpi(useful, 0.25 * n);
    CHECK(p.parallel_efficiency == Approx(expected));
    CHECK(p.load_balance == Approx(expected));
    CHECK(p.communication_efficiency == Approx(1));
    const HybridMultiplicative m = hybrid_multiplicative(pure_processes(useful, 0.25 * n));
    CHECK(m.mpi_load_balance == Approx(expected));
    CHECK(m.openmp_parallel_efficiency == Approx(1));
  }
}

TEST_CASE("A perfect trace has factors of 1 everywhere, and no lost second", "[unit]") {
  Trace trace;
  trace.wall = 10;
  trace.ideal = 10;
  trace.processes.assign(3, {0, 0, 10, {10, 10}, 0, 0});
  for (const Factor& factor : all_factors(trace)) {
    CAPTURE(factor.model, factor.name);
    if (factor.units == "1") CHECK(factor.value == Approx(1));
    else CHECK(factor.value == Approx(factor.name == "useful_seconds" ? 60 : 0).margin(1e-12));
  }
}

TEST_CASE("One idle rank of P costs 1 / P", "[unit]") {
  for (const int n : {2, 3, 8}) {
    std::vector<double> useful(static_cast<std::size_t>(n), 5.0);
    useful.back() = 0;
    CHECK(pure_mpi(useful, 5).parallel_efficiency == Approx((n - 1.0) / n));
    CHECK(pure_mpi(useful, 5).load_balance == Approx((n - 1.0) / n));
    CHECK(hybrid_multiplicative(pure_processes(useful, 5)).mpi_load_balance == Approx((n - 1.0) / n));
  }
}

TEST_CASE("A rank without MPI time makes the communication efficiency 1", "[unit]") {
  Trace trace;
  trace.wall = 10;
  trace.processes = {{0, 0, 10, {10}, 0, 0}, {4, 0, 6, {6}, 0, 1}};
  CHECK(talp(trace).mpi_communication_efficiency_2 == Approx(1.0));
  CHECK(talp(trace).mpi_load_balance_2 == Approx(0.8));
  CHECK(hybrid_multiplicative(trace).mpi_communication_efficiency == Approx(1.0));
}

TEST_CASE("A run that computed nothing has no factors that divide by its useful time", "[unit]") {
  for (const Factor& factor : all_factors(pure_processes({0, 0}, 10))) CHECK_FALSE(std::isnan(factor.value));
  CHECK(hybrid_multiplicative(pure_processes({0, 0}, 10)).parallel_efficiency == 0);
  CHECK(identity_error(pure_processes({0, 0}, 10)) == 0);
}

TEST_CASE("The identities hold for every sound trace and fail for an unsound one", "[unit]") {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(0.1, 10);
  for (int round = 0; round < 200; ++round) {
    Trace trace;
    trace.wall = 40;
    const int n_processes = 1 + round % 5;
    for (int p = 0; p < n_processes; ++p) {
      ProcessTrace process{0, uniform(random), 10 + uniform(random), {}, 0, p % 2};
      process.mpi = trace.wall - process.serial - process.openmp;
      const int n_threads = 1 + (round + p) % 4;
      double most = 0;
      for (int t = 0; t < n_threads; ++t) {
        process.useful.push_back(uniform(random));
        most = std::max(most, process.useful.back());
      }
      for (const double useful : process.useful) process.imbalance += most - useful;
      process.useful[0] += process.serial;
      trace.processes.push_back(process);
    }
    CHECK(identity_error(trace) < 1e-12);
    trace.processes[0].mpi += 1;
    CHECK(identity_error(trace) > 1e-3);
  }
  CHECK(identity_error(trace_a()) < 1e-15);
}

TEST_CASE("CPU over wall is the mean CPU time over the longest wall time", "[unit]") {
  const std::vector<double> cpu = {4, 2}, wall = {5, 6};
  CHECK(cpu_over_wall(cpu, wall) == Approx(0.5));
}

TEST_CASE("Computation scaling is the product of instructions, IPC and frequency", "[unit]") {
  const Computation reference{10, 20e9, 10e9}, run{12, 21e9, 11e9};
  const ComputationScaling s = computation_scaling(reference, run);
  CHECK(s.computation == Approx(10.0 / 12));
  CHECK(s.instructions * s.ipc * s.frequency == Approx(s.computation));
  CHECK(computation_scaling(reference, {20, 0, 0}, 2).computation == Approx(1));
  CHECK(std::isnan(computation_scaling(reference, {20, 0, 0}, 2).instructions));
}

TEST_CASE("The Cube advisor's load balance of trace A", "[unit]") {
  CHECK(cube_load_balance(trace_a()) == Approx(70.0 / 80));
}

TEST_CASE("Every factor names its model and its formula, once", "[unit]") {
  std::set<std::string> seen;
  for (const Factor& factor : all_factors(trace_a())) {
    CHECK(seen.insert(factor.model + "/" + factor.name).second);
    CHECK_FALSE(factor.meaning.empty());
  }
  CHECK(seen.size() == 3 + 9 + 8 + 16 + 1);
}
