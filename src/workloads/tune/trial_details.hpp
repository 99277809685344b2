// SPDX-License-Identifier: Apache-2.0
// What trials did on their way, what was attached to them, and what they cost, as data.
#pragma once

#include "shoal/record/tree.hpp"
#include "workloads/tune/tune_job.hpp"

namespace shoal::workloads::tune {

// Below `trials` (/results/trials): reached, best_so_far, values/<name>, rungs/{trial,resource,loss}; below `measurements`
// (/measurements/trials): <cost>, stdout, stderr. Only what there is.
void write_trial_details(const TuneJob& job, const Objective& objective, record::Group& trials, record::Group& measurements);

}  // namespace shoal::workloads::tune
