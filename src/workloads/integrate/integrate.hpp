// SPDX-License-Identifier: Apache-2.0
// The workload `integrate`: the integral of a function over a box, by one method or several.
#pragma once

#include <memory>

#include "workloads/integrate/integrate_job.hpp"
#include "workloads/integrate/integrate_parameters.hpp"
#include "workloads/workload.hpp"

namespace shoal::workloads::integrate {

class Integrate final : public Workload {
 public:
  void bind(config::Table& root) override;
  void check_keys(config::Diagnostics& diagnostics) const override;
  void load(const std::string& folder, std::uint64_t seed, config::Diagnostics& diagnostics) override;
  std::vector<DataFile> data_files() const override;
  int results_version() const override { return 4; }
  std::vector<std::string> growable_keys() const override;
  workloads::Estimate estimate() const override;
  std::vector<std::string> describe() const override;
  tasks::Job& job() override;
  void write_results(record::Group& results, record::Group& measurements) const override;
  std::string headline() const override;
  std::vector<std::string> report() const override;
  std::optional<std::string> too_many_failed() const override;

  const Problem& problem() const { return problem_; }
  const IntegrateJob& integrate_job() const { return *job_; }

 private:
  bool make_integrand(const std::string& folder, config::Diagnostics& diagnostics);
  config::Location place_in_formula(std::size_t position) const;
  bool choose_dimension(config::Diagnostics& diagnostics);
  bool choose_region(config::Diagnostics& diagnostics);
  bool check_line(const Region& region, config::Diagnostics& diagnostics) const;
  Plan make_plan(std::uint64_t seed) const;
  std::string integrand_text() const;
  bool keeps_regions() const;  // does a method keep more the smaller the tolerance?

  config::Table* root_ = nullptr;  // alive until load() returns
  IntegrateParameters parameters_;
  std::string folder_;
  std::vector<std::string> variables_;
  std::shared_ptr<const Integrand> integrand_;
  Region region_;
  Problem problem_;
  std::unique_ptr<IntegrateJob> job_;
};

}  // namespace shoal::workloads::integrate
