// SPDX-License-Identifier: Apache-2.0
// Parallel efficiency in the models of the POP project (pop-coe.eu), TALP's and Cube's. A factor means nothing without the
// name of its model: the same words stand for different ratios.
//
// Notation of the POP glossary: P processes, process p with t_p threads, T = sum t_p, R the run's wall time, U_pt the useful
// time of a thread; OutMPI_p = R - MPI time of p's master thread; O_p the master's time in parallel regions; S_p the useful
// time of the master outside of them; R_ideal the wall time on a network that costs nothing, NaN where it is not known.
// All times in seconds. A ratio with denominator 0 is NaN.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::measure {

struct ProcessTrace {
  double mpi = 0;              // of the master thread; mpi + serial + openmp = R
  double serial = 0;           // S_p
  double openmp = 0;           // O_p
  std::vector<double> useful;  // U_pt; of thread 0 including serial
  double imbalance = 0;        // sum over parallel regions and threads of (largest - own) useful time of the region
  int node = 0;                // where it runs: only equality counts
};

struct Trace {
  double wall = 0;                                             // R
  std::vector<ProcessTrace> processes;
  double ideal = std::numeric_limits<double>::quiet_NaN();     // R_ideal
};

// One process a thread. PE = LB x CommE, CommE = SerE x TE.
struct PureMpi {
  double parallel_efficiency;        // avg(U) / R
  double load_balance;               // avg(U) / max(U)
  double communication_efficiency;   // max(U) / R
  double serialisation_efficiency;   // max(U) / R_ideal
  double transfer_efficiency;        // R_ideal / R
};

// Every thread counts as a process: `useful` by process.
PureMpi pure_mpi(std::span<const double> useful, double wall, double ideal = std::numeric_limits<double>::quiet_NaN());

// co-design.pop-coe.eu/metrics/hm. PE = LB x CommE = MPI PE x OMP PE; OMP LB and OMP CommE may exceed 1.
struct HybridMultiplicative {
  double parallel_efficiency;        // U / (R T)
  double load_balance;               // avg(U_pt) / max(U_pt)
  double communication_efficiency;   // max(U_pt) / R
  double mpi_parallel_efficiency;    // MPI CommE x MPI LB
  double mpi_load_balance;           // avg(OutMPI) / max(OutMPI)
  double mpi_communication_efficiency;   // max(OutMPI) / R
  double mpi_serialisation_efficiency;   // max(OutMPI) / R_ideal
  double mpi_transfer_efficiency;        // R_ideal / R
  double openmp_parallel_efficiency;     // PE / MPI PE
  double openmp_load_balance;            // LB / MPI LB
  double openmp_communication_efficiency;  // max(U_pt) / max(OutMPI)
};
HybridMultiplicative hybrid_multiplicative(const Trace& trace);

// co-design.pop-coe.eu/metrics/ha; averages over processes are weighted by t_p. Sums of losses: parent = sum of children - 1.
struct HybridAdditive {
  double parallel_efficiency;          // process + thread efficiency - 1
  double process_efficiency;           // (avg(O) + avg(S)) / R = load balance + communication efficiency - 1
  double process_load_balance;         // 1 - (max(O + S) - avg(O) - avg(S)) / R
  double process_communication_efficiency;  // max(O + S) / R = transfer + serialisation efficiency - 1
  double process_transfer_efficiency;       // R_ideal / R
  double process_serialisation_efficiency;  // 1 - (R_ideal - max(O + S)) / R
  double thread_efficiency;            // 1 - (avg(O) + avg(S) - avg(U)) / R = OpenMP + serial region efficiency - 1
  double openmp_parallel_efficiency;   // 1 - (avg(O) - avg(useful in regions)) / R
  double serial_region_efficiency;     // 1 - sum S_p (t_p - 1) / (R T): the loss of Amdahl's law
  double openmp_load_balance;          // 1 - imbalance / (R T)
};
HybridAdditive hybrid_additive(const Trace& trace);

// TALP of the DLB library: what every CPU did, summed. The five times sum to R T.
struct Talp {
  double useful, mpi;                  // seconds; mpi: of the master threads
  double serialisation;                // idle outside parallel regions, also while the master is in MPI
  double load_imbalance, scheduling;   // idle in regions: above the least idle thread of the region, and the rest
  double parallel_efficiency;          // useful / all
  double openmp_parallel_efficiency;   // (useful + mpi) / all: product of the next three
  double openmp_serialisation_efficiency, openmp_load_balance, openmp_scheduling_efficiency;
  double mpi_parallel_efficiency_1;    // useful / (useful + mpi): PE = this x OpenMP PE
  double mpi_parallel_efficiency_2;    // 1 - avg(m), m the share of a process's CPU time while its master is in MPI
  double mpi_communication_efficiency_2;   // 1 - min(m); m = 0 counts (TALP itself skips zeros, which is a trap)
  double mpi_load_balance_2;               // MPI PE / CommE = in x out
  double mpi_load_balance_in_2, mpi_load_balance_out_2;  // within and between nodes: max node / max process, avg / max node
};
Talp talp(const Trace& trace);

// "Computation load balance" of the Cube advisor: (avg(O) + avg(S)) / max(O + S), plain averages over processes.
double cube_load_balance(const Trace& trace);

// Mean CPU time of the processes over the longest wall time: what process studies report. A rank that spins while it
// waits counts as busy here; U does not let itself be deceived.
double cpu_over_wall(std::span<const double> cpu_seconds, std::span<const double> wall_seconds);

// What a run computed, for comparison with a reference run.
struct Computation {
  double useful = 0;        // U, seconds
  double instructions = 0;  // in useful time; 0: not counted
  double cycles = 0;
};

// CompScal = InstrScal x IPCScal x FreqScal; global efficiency = parallel efficiency x CompScal.
struct ComputationScaling {
  double computation;   // U_ref / U
  double instructions;  // I_ref / I
  double ipc;           // IPC / IPC_ref
  double frequency;     // f / f_ref
};

// `problem_ratio`: size of this run's problem over the reference's (weak scaling scales the reference by it).
ComputationScaling computation_scaling(const Computation& reference, const Computation& run, double problem_ratio = 1);

// One number of one model, for tables and files.
struct Factor {
  std::string model;    // "pure_mpi", "hybrid_multiplicative", "hybrid_additive", "talp", "cube_advisor"
  std::string name;     // as the members above
  double value;
  std::string meaning;  // the formula, in one line
  std::string units;    // "1" or "s"
};

// Every factor of every model of a run that is not NaN. Pure MPI: every thread counts as a process.
std::vector<Factor> all_factors(const Trace& trace);

// The largest relative error of what must hold in every run, however it went: mpi + serial + openmp = R in every process,
// PE = LB x CommE = MPI PE x OMP PE, additive PE = process + thread efficiency - 1 and its children, TALP's times = R T and
// PE = MPI PE (1) x OMP PE. About 1e-15 unless the bookkeeping is wrong.
double identity_error(const Trace& trace);

}  // namespace shoal::measure
