// SPDX-License-Identifier: Apache-2.0
// What the jobs of this workload have in common beyond being jobs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/record/streamed.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/tasks/job.hpp"
#include "workloads/workload.hpp"

namespace shoal::workloads::primes {

class PrimeJob : public tasks::Job {
 public:
  // As of a workload; see workload.hpp.
  virtual Estimate estimate() const = 0;
  virtual std::vector<std::string> describe() const = 0;
  virtual void write_results(record::Group& results) const = 0;
  virtual std::string headline() const = 0;
  virtual std::vector<std::string> report() const = 0;
  virtual std::vector<record::StreamedDataset> streamed_datasets() const { return {}; }
};

}  // namespace shoal::workloads::primes
