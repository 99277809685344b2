// SPDX-License-Identifier: Apache-2.0
// The workload `tune`: trains networks over a search space and keeps the best.
#pragma once

#include <optional>

#include "workloads/tune/earlier_trials.hpp"
#include "workloads/tune/objective.hpp"
#include "workloads/tune/tune_job.hpp"
#include "workloads/tune/tune_parameters.hpp"
#include "workloads/workload.hpp"

namespace shoal::workloads::tune {

// Points looked at before a run: enough to meet every mistake of a hand-written space, few enough for `shoal check` to
// answer at once.
inline constexpr std::int64_t kCheckedPoints = 1000;

class Tune final : public Workload {
 public:
  void bind(config::Table& root) override;
  void check_keys(config::Diagnostics& diagnostics) const override;
  void load(const std::string& folder, std::uint64_t seed, config::Diagnostics& diagnostics) override;
  std::vector<DataFile> data_files() const override;
  int results_version() const override { return 3; }
  bool reproducible() const override;
  std::vector<std::string> growable_keys() const override;
  Estimate estimate() const override;
  std::vector<std::string> describe() const override;
  int threads_per_task() const override { return objective_->threads_per_task(); }
  void set_cpus(const std::vector<std::vector<int>>& of_teams) override { objective_->set_cpus(of_teams); }
  tasks::Job& job() override;
  void note_slice(const tasks::ChunkLog& slice) override { job_->note_slice(slice); }
  void restore_measurements(const record::Group& measurements) override;
  void write_results(record::Group& results, record::Group& measurements) const override;
  std::string headline() const override;
  std::vector<std::string> report() const override;
  std::optional<std::string> too_many_failed() const override;

  const search::Space& space() const { return space_; }
  const TuneJob& tune_job() const { return *job_; }

 private:
  search::Space read_space(config::Diagnostics& diagnostics) const;
  void check_objective_keys(config::Diagnostics& diagnostics) const;
  bool choose_algorithm(config::Diagnostics& diagnostics);
  bool read_points(config::Diagnostics& diagnostics);
  std::string warm_start_path() const;
  void warm_up();
  bool choose_trials(config::Diagnostics& diagnostics);
  void check_points(config::Diagnostics& diagnostics) const;
  bool make_scheduler(std::uint64_t seed, config::Diagnostics& diagnostics);
  bool check_resource(config::Diagnostics& diagnostics) const;
  bool check_rungs(config::Diagnostics& diagnostics) const;
  std::string schedule_contradiction() const;
  TuneJobOptions job_options() const;

  config::Table* root_ = nullptr;  // alive until load() returns
  config::Table* network_ = nullptr;
  TuneParameters parameters_;
  std::string folder_;
  search::Space space_;
  std::int64_t n_configs_ = 0;
  std::unique_ptr<search::Algorithm> algorithm_;
  EarlierSearch earlier_;
  std::unique_ptr<search::Scheduler> scheduler_;
  std::unique_ptr<Objective> objective_;
  std::unique_ptr<TuneJob> job_;
};

}  // namespace shoal::workloads::tune
