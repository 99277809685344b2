// SPDX-License-Identifier: Apache-2.0
// The results of an integration as a tree. Dimensions of length one are left out: a single estimate is a scalar.
#pragma once

#include "shoal/record/tree.hpp"
#include "workloads/integrate/convergence.hpp"
#include "workloads/integrate/integrate_job.hpp"

namespace shoal::workloads::integrate {

std::string ending_name(Ending ending);

// The study of one method as far as it is done.
struct Study {
  std::vector<double> rms_errors;  // (level)
  Fit fit;
};
Study study_of(const IntegrateJob& job, std::size_t m, std::optional<double> exact);

void write_results(const IntegrateJob& job, const Problem& problem, record::Group& results);

}  // namespace shoal::workloads::integrate
