// SPDX-License-Identifier: Apache-2.0
// `shoal verify`: computes a random sample of a result's tasks again, from the input stored in it, and compares.
//
// Tasks are pure, so every one can be checked alone. Where a result keeps the results of its tasks (/replay), all but the sample
// are taken from there, so that proposals see the history they saw; otherwise everything is computed again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/input.hpp"
#include "shoal/tasks/order.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::cli {

struct VerifyOptions {
  std::string result;
  double fraction = 0.01;     // of the tasks, at least one task
  std::uint64_t seed = 0;     // of the choice
  int threads = 0;            // 0: the CPUs of the affinity mask
  std::string folder;         // of the data files; empty: where the input was, as it was named then
};

struct Verification {
  std::int64_t n_tasks = 0;
  std::int64_t n_computed = 0;
  std::vector<std::string> differences;   // one line each: tasks, then values of /results
  bool equal() const { return differences.empty(); }
};

// Throws InputError (66), Error (76: not this program's result, or its data files have changed; 69: nothing to verify).
Verification verify(const VerifyOptions& options);

// A run without the tasks in `left_out` (numbers in the stream, rising), as the pieces between them. `result_bytes`: as
// Job::result_bytes of its stream. `order`, `first_task`: of its round.
std::vector<tasks::ResultRun> without_tasks(const tasks::ResultRun& run, const std::vector<std::int64_t>& left_out,
                                            std::int64_t result_bytes, const tasks::TaskOrder& order, std::int64_t first_task = 0);

// `count` different numbers of [0, n), rising; all of them if count >= n.
std::vector<std::int64_t> random_sample(std::int64_t n, std::int64_t count, std::uint64_t seed);

}  // namespace shoal::cli
