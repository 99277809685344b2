// SPDX-License-Identifier: Apache-2.0
// The serial driver: one rank, one thread, the calling one; the same state machines.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "shoal/tasks/blobs.hpp"
#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/policy.hpp"

namespace shoal::tasks {

struct SerialHooks {
  std::vector<ResultRun> replay;                        // results of earlier runs
  std::vector<Decision> decisions;                      // of earlier runs, in free rounds
  Journal* journal = nullptr;                           // null: none
  BlobStore* blobs = nullptr;                           // null: in memory
  Observer* observer = nullptr;
  std::function<std::optional<StopKind>()> poll;        // asked between slices: stop now?
  std::function<void(const Counts&, double now)> tick;  // called between slices
  std::function<void()> snapshot;                       // called when a snapshot is due
};

struct RunSummary {
  Outcome outcome = Outcome::running;
  std::optional<Failure> failure;
  Counts counts;
  double seconds = 0;
};

// Runs the job to its end, or until `poll` says stop. Never throws what tasks throw: see RunSummary::failure.
RunSummary run_serial(Job&, const Policy&, SerialHooks = {});

}  // namespace shoal::tasks
