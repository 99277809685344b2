// SPDX-License-Identifier: Apache-2.0
// Puts a whole result together from its parts: what the workload folded, parameters, provenance, performance, diagnostics.
#pragma once

#include <string>
#include <vector>

#include "run/advice.hpp"
#include "run/execute.hpp"
#include "run/input.hpp"
#include "run/performance.hpp"
#include "run/recorded_job.hpp"
#include "run/run_store.hpp"
#include "shoal/parallel/placement.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::run {

struct ResultParts {
  const RunOptions& options;
  const Input& input;
  const RunStore& store;
  const RecordedJob& job;
  const PerformanceLog& performance;
  std::vector<parallel::RankPlacement> placement;
  std::string created;                // UTC
  std::vector<std::string> warnings;  // so far
};

// How far the run is when the tree is made.
struct ResultState {
  std::string status;  // complete | partial | failed
  std::int64_t tasks_done = 0;
  std::int64_t tasks_total = -1;  // -1: not known
  std::string failure;            // why it failed; empty if it did not
  Performance figures;
  std::vector<Advice> advice;
};

// Copies everything; not sealed yet: call seal_result() in the thread that writes.
record::Group assemble_result(const ResultParts& parts, const ResultState& state);
void seal_result(record::Group& root, const ResultParts& parts, const std::string& status);

}  // namespace shoal::run
