// SPDX-License-Identifier: Apache-2.0
// A search as data: what is below /results of a tune job.
#pragma once

#include <string>
#include <vector>

#include "shoal/measure/statistics.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/search/space.hpp"
#include "workloads/tune/tune_job.hpp"

namespace shoal::workloads::tune {

// The losses of a configuration's finished repeats.
struct ConfigStatistics {
  std::int64_t n = 0;
  std::int64_t n_failed = 0;
  double mean, median;
  measure::Interval interval;  // 95 % of the mean, Student's t
};
std::vector<ConfigStatistics> config_statistics(const TuneJob& job);

// The configuration of the lowest median loss, the first of equal ones; -1: none has finished.
std::int64_t best_config(const std::vector<ConfigStatistics>& configs);

// trials/, history/, configs/, best/ as far as they are known.
void write_results(const TuneJob& job, const search::Space& space, const Objective& objective, record::Group& results);

}  // namespace shoal::workloads::tune
