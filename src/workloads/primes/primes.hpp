// SPDX-License-Identifier: Apache-2.0
// The workload `primes`: counts, lists and tests primes below 2^64.
#pragma once

#include <memory>

#include "workloads/primes/prime_job.hpp"
#include "workloads/primes/primes_parameters.hpp"
#include "workloads/workload.hpp"

namespace shoal::workloads::primes {

class Primes final : public Workload {
 public:
  void bind(config::Table& root) override;
  void check_keys(config::Diagnostics& diagnostics) const override;
  void load(const std::string& folder, std::uint64_t seed, config::Diagnostics& diagnostics) override;
  std::vector<DataFile> data_files() const override;
  std::vector<std::string> growable_keys() const override;
  bool keeps_task_results() const override { return parameters_.task != "test"; }  // all others are small
  int results_version() const override { return 3; }
  Estimate estimate() const override { return job_->estimate(); }
  std::vector<std::string> describe() const override { return job_->describe(); }
  tasks::Job& job() override { return *job_; }
  std::vector<record::StreamedDataset> streamed_datasets() const override { return job_->streamed_datasets(); }
  void write_results(record::Group& results, record::Group&) const override { job_->write_results(results); }
  std::string headline() const override { return job_->headline(); }
  std::vector<std::string> report() const override { return job_->report(); }

 private:
  bool over_interval() const;  // count, list, gaps
  void check_test(config::Diagnostics& diagnostics) const;
  void load_test(const std::string& folder);

  config::Table* root_ = nullptr;  // alive until load() returns
  PrimesParameters parameters_;
  std::string file_;  // resolved
  std::unique_ptr<PrimeJob> job_;
};

}  // namespace shoal::workloads::primes
