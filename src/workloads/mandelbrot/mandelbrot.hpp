// SPDX-License-Identifier: Apache-2.0
// The workload `mandelbrot`: escape times over a grid of points, of any size, at any depth.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workloads/mandelbrot/mandelbrot_job.hpp"
#include "workloads/mandelbrot/mandelbrot_parameters.hpp"
#include "workloads/workload.hpp"

namespace shoal::workloads::mandelbrot {

class Mandelbrot final : public Workload {
 public:
  void bind(config::Table& root) override;
  void check_keys(config::Diagnostics& diagnostics) const override;
  void load(const std::string& folder, std::uint64_t seed, config::Diagnostics& diagnostics) override;
  int results_version() const override { return 2; }
  bool keeps_task_results() const override;
  Estimate estimate() const override;
  std::string not_verifiable() const override;
  std::vector<std::string> describe() const override;
  tasks::Job& job() override { return *job_; }
  std::vector<record::StreamedDataset> streamed_datasets() const override;
  void write_results(record::Group& results, record::Group& measurements) const override;
  std::string headline() const override;
  std::vector<std::string> report() const override;
  std::vector<std::string> write_beside(const std::string& result) const override;

 private:
  void check_outputs(config::Diagnostics& diagnostics) const;

  config::Table* root_ = nullptr;  // alive until load() returns
  MandelbrotParameters parameters_;
  View view_;
  std::unique_ptr<MandelbrotJob> job_;
};

}  // namespace shoal::workloads::mandelbrot
