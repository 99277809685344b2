// SPDX-License-Identifier: Apache-2.0
// The list of all factors: one line a number.
#include <cmath>

#include "shoal/measure/pop.hpp"

namespace shoal::measure {
namespace {

class FactorList {
 public:
  void model(std::string name) { model_ = std::move(name); }
  void add(const char* name, double value, const char* meaning, const char* units = "1") {
    if (!std::isnan(value)) factors_.push_back({model_, name, value, meaning, units});
  }
  std::vector<Factor> take() { return std::move(factors_); }

 private:
  std::string model_;
  std::vector<Factor> factors_;
};

void list_pure_mpi(FactorList& list, const PureMpi& m) {
  list.model("pure_mpi");
  list.add("parallel_efficiency", m.parallel_efficiency, "avg(U) / R, every thread a process");
  list.add("load_balance", m.load_balance, "avg(U) / max(U)");
  list.add("communication_efficiency", m.communication_efficiency, "max(U) / R");
  list.add("serialisation_efficiency", m.serialisation_efficiency, "max(U) / R_ideal");
  list.add("transfer_efficiency", m.transfer_efficiency, "R_ideal / R");
}

void list_multiplicative(FactorList& list, const HybridMultiplicative& m) {
  list.model("hybrid_multiplicative");
  list.add("parallel_efficiency", m.parallel_efficiency, "U / (R T)");
  list.add("load_balance", m.load_balance, "avg(U) / max(U) over threads");
  list.add("communication_efficiency", m.communication_efficiency, "max(U) / R");
  list.add("mpi_parallel_efficiency", m.mpi_parallel_efficiency, "avg(OutMPI) / R");
  list.add("mpi_load_balance", m.mpi_load_balance, "avg(OutMPI) / max(OutMPI) over processes");
  list.add("mpi_communication_efficiency", m.mpi_communication_efficiency, "max(OutMPI) / R");
  list.add("mpi_serialisation_efficiency", m.mpi_serialisation_efficiency, "max(OutMPI) / R_ideal");
  list.add("mpi_transfer_efficiency", m.mpi_transfer_efficiency, "R_ideal / R");
  list.add("openmp_parallel_efficiency", m.openmp_parallel_efficiency, "parallel / MPI parallel efficiency");
  list.add("openmp_load_balance", m.openmp_load_balance, "load balance / MPI load balance; may exceed 1");
  list.add("openmp_communication_efficiency", m.openmp_communication_efficiency, "max(U) / max(OutMPI); may exceed 1");
}

void list_additive(FactorList& list, const HybridAdditive& m) {
  list.model("hybrid_additive");
  list.add("parallel_efficiency", m.parallel_efficiency, "process + thread efficiency - 1");
  list.add("process_efficiency", m.process_efficiency, "(avg(O) + avg(S)) / R");
  list.add("process_load_balance", m.process_load_balance, "1 - (max(O + S) - avg(O) - avg(S)) / R");
  list.add("process_communication_efficiency", m.process_communication_efficiency, "max(O + S) / R");
  list.add("process_transfer_efficiency", m.process_transfer_efficiency, "R_ideal / R");
  list.add("process_serialisation_efficiency", m.process_serialisation_efficiency, "1 - (R_ideal - max(O + S)) / R");
  list.add("thread_efficiency", m.thread_efficiency, "1 - (avg(O) + avg(S) - avg(U)) / R");
  list.add("openmp_parallel_efficiency", m.openmp_parallel_efficiency, "1 - (avg(O) - avg(useful in regions)) / R");
  list.add("serial_region_efficiency", m.serial_region_efficiency, "1 - sum S_p (t_p - 1) / (R T)");
  list.add("openmp_load_balance", m.openmp_load_balance, "1 - imbalance in regions / (R T)");
}

void list_talp(FactorList& list, const Talp& m) {
  list.model("talp");
  list.add("useful_seconds", m.useful, "useful time of all threads", "s");
  list.add("mpi_seconds", m.mpi, "time of master threads in MPI", "s");
  list.add("serialisation_seconds", m.serialisation, "idle outside parallel regions", "s");
  list.add("load_imbalance_seconds", m.load_imbalance, "idle in regions, above the least idle thread", "s");
  list.add("scheduling_seconds", m.scheduling, "idle in regions of the least idle thread x threads", "s");
  list.add("parallel_efficiency", m.parallel_efficiency, "useful / all");
  list.add("openmp_parallel_efficiency", m.openmp_parallel_efficiency, "(useful + mpi) / all");
  list.add("openmp_serialisation_efficiency", m.openmp_serialisation_efficiency, "(useful + mpi) / (useful + mpi + serialisation)");
  list.add("openmp_load_balance", m.openmp_load_balance, "(all - load imbalance - scheduling) / (all - scheduling)");
  list.add("openmp_scheduling_efficiency", m.openmp_scheduling_efficiency, "(all - scheduling) / all");
  list.add("mpi_parallel_efficiency_1", m.mpi_parallel_efficiency_1, "version 1: useful / (useful + mpi)");
  list.add("mpi_parallel_efficiency_2", m.mpi_parallel_efficiency_2, "version 2: 1 - avg(m), m share of a process's time in MPI");
  list.add("mpi_communication_efficiency_2", m.mpi_communication_efficiency_2, "version 2: 1 - min(m), m = 0 counts");
  list.add("mpi_load_balance_2", m.mpi_load_balance_2, "version 2: MPI parallel / communication efficiency");
  list.add("mpi_load_balance_in_2", m.mpi_load_balance_in_2, "version 2: within nodes, max(node) / max(process) of 1 - m");
  list.add("mpi_load_balance_out_2", m.mpi_load_balance_out_2, "version 2: between nodes, avg / max(node) of 1 - m");
}

}  // namespace

std::vector<Factor> all_factors(const Trace& trace) {
  std::vector<double> useful;
  for (const ProcessTrace& process : trace.processes) useful.insert(useful.end(), process.useful.begin(), process.useful.end());
  FactorList list;
  list_pure_mpi(list, pure_mpi(useful, trace.wall, trace.ideal));
  list_multiplicative(list, hybrid_multiplicative(trace));
  list_additive(list, hybrid_additive(trace));
  list_talp(list, talp(trace));
  list.model("cube_advisor");
  list.add("computation_load_balance", cube_load_balance(trace), "(avg(O) + avg(S)) / max(O + S)");
  return list.take();
}

}  // namespace shoal::measure
