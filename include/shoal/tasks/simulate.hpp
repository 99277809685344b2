// SPDX-License-Identifier: Apache-2.0
// The simulated driver: discrete events in one process, thousands of ranks, the same state machines and the real tasks,
// on a made-up clock. For tests (adversarial delays, deaths, returns) and for predictions (a chunk rule, order or number
// of ranks that was not run).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/policy.hpp"
#include "shoal/tasks/serial.hpp"

namespace shoal::tasks {

// A rank that neither computes nor speaks in [from, until); until = infinity: dead. Not rank 0.
struct Outage {
  int rank = 1;
  double from = 0;
  double until = 0;
};

struct SimulationModel {
  int n_ranks = 1;
  int threads_per_rank = 1;                      // with policy.threads_per_task > 1: teams of them take tasks as threads do
  std::function<double(TaskId)> task_seconds;    // empty: 1 ms each
  std::function<double(int)> rank_slowdown;      // factor on task times by rank; empty: 1

  double latency_min = 5e-6;                     // uniform in [min, max], each message; pairs keep their order
  double latency_max = 50e-6;
  double bytes_per_second = 1e9;
  double service_seconds = 5e-6;                 // rank 0's main thread, for each message received and for each sent
  double delay_probability = 0;                  // of an additional delay of a message ...
  double delay_seconds = 0;                      // ... uniform in [0, this]
  std::vector<Outage> outages;
  std::uint64_t seed = 0;

  std::optional<double> stop_at;                 // rank 0 is told to stop (stop_kind) at this time
  StopKind stop_kind = StopKind::soft;
  std::optional<double> crash_at;                // everything ends abruptly: outcome stays `running`
  bool through_bytes = false;                    // serialise and parse every message
  std::size_t blob_bytes = std::size_t{1} << 30; // memory of each rank's blob store
  std::size_t min_blobs = 64;
};

struct SimulationResult {
  RunSummary summary;               // seconds: of the simulated clock, to the last fold
  double useful_seconds = 0;        // sum of task times that counted or not
  double efficiency = 0;            // useful time / (slots x seconds)
  double rank0_busy_seconds = 0;    // service
  std::int64_t messages = 0;        // through rank 0, both ways, its own worker's not counted
  std::int64_t events = 0;
  std::int64_t tasks_run = 0;
  int hung = 0;                     // workers that gave up
  std::vector<ChunkLog> log;        // if keep_log
};

SimulationResult simulate(Job&, const Policy&, const SimulationModel&, Journal* = nullptr,
                          std::vector<ResultRun> replay = {}, bool keep_log = false,
                          std::vector<Decision> decisions = {});

// Task times from the chunk log of an earlier run: the mean time of the slice that held the task (natural order).
std::function<double(TaskId)> task_seconds_from_log(const std::vector<ChunkLog>&);

}  // namespace shoal::tasks
