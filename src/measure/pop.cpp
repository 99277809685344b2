// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/pop.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace shoal::measure {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double ratio(double a, double b) { return b != 0 ? a / b : kUnknown; }

double largest(std::span<const double> values) {
  return values.empty() ? kUnknown : *std::max_element(values.begin(), values.end());
}

double average(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return ratio(sum, static_cast<double>(values.size()));
}

double threads_of(const ProcessTrace& process) { return static_cast<double>(process.useful.size()); }

double n_threads(const Trace& trace) {
  double sum = 0;
  for (const ProcessTrace& process : trace.processes) sum += threads_of(process);
  return sum;
}

double sum_useful(const ProcessTrace& process) {
  double sum = 0;
  for (const double value : process.useful) sum += value;
  return sum;
}

// Of all threads of all processes, one after the other.
std::vector<double> useful_of_threads(const Trace& trace) {
  std::vector<double> useful;
  for (const ProcessTrace& process : trace.processes) useful.insert(useful.end(), process.useful.begin(), process.useful.end());
  return useful;
}

template <class Value>
std::vector<double> of_processes(const Trace& trace, Value value) {
  std::vector<double> values;
  for (const ProcessTrace& process : trace.processes) values.push_back(value(process));
  return values;
}

double openmp_and_serial(const ProcessTrace& process) { return process.openmp + process.serial; }

}  // namespace

PureMpi pure_mpi(std::span<const double> useful, double wall, double ideal) {
  return {ratio(average(useful), wall), ratio(average(useful), largest(useful)), ratio(largest(useful), wall),
          ratio(largest(useful), ideal), ratio(ideal, wall)};
}

HybridMultiplicative hybrid_multiplicative(const Trace& trace) {
  const PureMpi threads = pure_mpi(useful_of_threads(trace), trace.wall);
  const std::vector<double> out_mpi = of_processes(trace, [&](const auto& process) { return trace.wall - process.mpi; });
  HybridMultiplicative m{};
  m.parallel_efficiency = threads.parallel_efficiency;
  m.load_balance = threads.load_balance;
  m.communication_efficiency = threads.communication_efficiency;
  m.mpi_load_balance = ratio(average(out_mpi), largest(out_mpi));
  m.mpi_communication_efficiency = ratio(largest(out_mpi), trace.wall);
  m.mpi_parallel_efficiency = m.mpi_load_balance * m.mpi_communication_efficiency;
  m.mpi_serialisation_efficiency = ratio(largest(out_mpi), trace.ideal);
  m.mpi_transfer_efficiency = ratio(trace.ideal, trace.wall);
  m.openmp_parallel_efficiency = ratio(m.parallel_efficiency, m.mpi_parallel_efficiency);
  m.openmp_load_balance = ratio(m.load_balance, m.mpi_load_balance);
  m.openmp_communication_efficiency = ratio(m.communication_efficiency, m.mpi_communication_efficiency);
  return m;
}

HybridAdditive hybrid_additive(const Trace& trace) {
  const double n = n_threads(trace);
  double openmp = 0, serial = 0, useful = 0, useful_in_openmp = 0, amdahl = 0, imbalance = 0;  // seconds of one thread
  for (const ProcessTrace& process : trace.processes) {
    const double t = threads_of(process);
    openmp += ratio(t * process.openmp, n);
    serial += ratio(t * process.serial, n);
    useful += ratio(sum_useful(process), n);
    useful_in_openmp += ratio(sum_useful(process) - process.serial, n);
    amdahl += ratio(process.serial * (t - 1), n);
    imbalance += ratio(process.imbalance, n);
  }
  const double most = largest(of_processes(trace, openmp_and_serial));
  HybridAdditive a{};
  a.process_efficiency = ratio(openmp + serial, trace.wall);
  a.process_load_balance = 1 - ratio(most - openmp - serial, trace.wall);
  a.process_communication_efficiency = ratio(most, trace.wall);
  a.process_transfer_efficiency = ratio(trace.ideal, trace.wall);
  a.process_serialisation_efficiency = 1 - ratio(trace.ideal - most, trace.wall);
  a.thread_efficiency = 1 - ratio(openmp + serial - useful, trace.wall);
  a.openmp_parallel_efficiency = 1 - ratio(openmp - useful_in_openmp, trace.wall);
  a.serial_region_efficiency = 1 - ratio(amdahl, trace.wall);
  a.openmp_load_balance = 1 - ratio(imbalance, trace.wall);
  a.parallel_efficiency = a.process_efficiency + a.thread_efficiency - 1;
  return a;
}

double cube_load_balance(const Trace& trace) {
  const std::vector<double> busy = of_processes(trace, openmp_and_serial);
  return ratio(average(busy), largest(busy));
}

double cpu_over_wall(std::span<const double> cpu_seconds, std::span<const double> wall_seconds) {
  return ratio(average(cpu_seconds), largest(wall_seconds));
}

ComputationScaling computation_scaling(const Computation& reference, const Computation& run, double problem_ratio) {
  const auto frequency = [](const Computation& c) { return ratio(c.cycles, c.useful); };
  const auto ipc = [](const Computation& c) { return ratio(c.instructions, c.cycles); };
  return {ratio(problem_ratio * reference.useful, run.useful), ratio(problem_ratio * reference.instructions, run.instructions),
          ratio(ipc(run), ipc(reference)), ratio(frequency(run), frequency(reference))};
}

// v2's m of every process: its CPUs' time while the master is in MPI, all its threads being idle then, in parts of R.
Talp talp(const Trace& trace) {
  Talp result{};
  std::map<int, std::vector<double>> nodes;  // 1 - m of the processes of each node
  std::vector<double> out_mpi;
  for (const ProcessTrace& process : trace.processes) {
    const double t = threads_of(process);
    result.useful += sum_useful(process);
    result.mpi += process.mpi;
    result.serialisation += (t - 1) * (process.mpi + process.serial);
    result.load_imbalance += process.imbalance;
    result.scheduling += t * process.openmp - (sum_useful(process) - process.serial) - process.imbalance;
    out_mpi.push_back(1 - ratio(process.mpi, trace.wall));
    nodes[process.node].push_back(out_mpi.back());
  }
  const double with_mpi = result.useful + result.mpi;
  const double with_serial = with_mpi + result.serialisation;
  const double with_imbalance = with_serial + result.load_imbalance;
  const double all = with_imbalance + result.scheduling;
  result.parallel_efficiency = ratio(result.useful, all);
  result.openmp_parallel_efficiency = ratio(with_mpi, all);
  result.openmp_serialisation_efficiency = ratio(with_mpi, with_serial);
  result.openmp_load_balance = ratio(with_serial, with_imbalance);
  result.openmp_scheduling_efficiency = ratio(with_imbalance, all);
  result.mpi_parallel_efficiency_1 = ratio(result.useful, with_mpi);
  result.mpi_parallel_efficiency_2 = average(out_mpi);
  result.mpi_communication_efficiency_2 = largest(out_mpi);
  result.mpi_load_balance_2 = ratio(average(out_mpi), largest(out_mpi));
  double largest_node = kUnknown;
  for (const auto& [node, values] : nodes) largest_node = std::fmax(largest_node, average(values));
  result.mpi_load_balance_in_2 = ratio(largest_node, largest(out_mpi));
  result.mpi_load_balance_out_2 = ratio(average(out_mpi), largest_node);
  return result;
}

double identity_error(const Trace& trace) {
  double worst = 0;
  const auto equal = [&worst](double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return;
    worst = std::max(worst, std::fabs(a - b) / std::max({1e-300, std::fabs(a), std::fabs(b)}));
  };
  for (const ProcessTrace& process : trace.processes) equal(process.mpi + process.serial + process.openmp, trace.wall);
  const HybridMultiplicative m = hybrid_multiplicative(trace);
  equal(m.parallel_efficiency, m.load_balance * m.communication_efficiency);
  equal(m.parallel_efficiency, m.mpi_parallel_efficiency * m.openmp_parallel_efficiency);
  const HybridAdditive a = hybrid_additive(trace);
  equal(a.parallel_efficiency, m.parallel_efficiency);
  equal(a.process_efficiency, a.process_load_balance + a.process_communication_efficiency - 1);
  equal(a.thread_efficiency, a.openmp_parallel_efficiency + a.serial_region_efficiency - 1);
  const Talp t = talp(trace);
  equal(t.useful + t.mpi + t.serialisation + t.load_imbalance + t.scheduling, trace.wall * n_threads(trace));
  equal(t.parallel_efficiency, t.mpi_parallel_efficiency_1 * t.openmp_parallel_efficiency);
  equal(t.openmp_parallel_efficiency,
        t.openmp_serialisation_efficiency * t.openmp_load_balance * t.openmp_scheduling_efficiency);
  return worst;
}

}  // namespace shoal::measure
