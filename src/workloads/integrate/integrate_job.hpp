// SPDX-License-Identifier: Apache-2.0
// The tasks of an integration. Streams 0 .. methods x repeats - 1 are one estimate each, in rounds. With a convergence study each
// method has one more stream, whose tasks are groups of whole estimates: small and many, so that none needs a task of its own.
// Estimates of the study with more samples than that have a stream each, behind these.
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "workloads/integrate/method.hpp"

namespace shoal::workloads::integrate {

struct Plan {
  std::vector<int> methods;  // places in all_methods()
  std::int64_t repeats = 1;
  Budget budget;
  std::vector<std::int64_t> levels;  // of the convergence study
  std::int64_t level_repeats = 1;
  Options options;
  std::uint64_t seed = 1;
};

// One estimate of the study; NaN: not done yet.
struct LevelEstimate {
  double value = std::numeric_limits<double>::quiet_NaN(), error = value;
  std::int64_t evaluations = 0;
  std::int64_t non_finite = 0;
};

class IntegrateJob final : public tasks::Job {
 public:
  IntegrateJob(const Problem& problem, Plan plan);

  std::int64_t n_streams() const override;
  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override;
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending*) override;
  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override;
  void fold(tasks::TaskId id, tasks::ByteView result) override;

  const Plan& plan() const { return plan_; }
  const Method& method(std::size_t m) const;
  const std::string& method_name(std::size_t m) const;
  // Estimates that differ: 1 for methods without random numbers.
  std::int64_t repeats_of(std::size_t m) const;
  std::int64_t level_repeats_of(std::size_t m) const;

  // From what was folded so far.
  Estimate estimate(std::size_t m, std::int64_t repeat) const;
  // Of the study: entry level * level_repeats_of(m) + repeat.
  const std::vector<LevelEstimate>& study(std::size_t m) const { return studies_[m]; }

  std::int64_t n_tasks_known() const;       // of the study, and of the first rounds: for estimates of cost
  double evaluations_planned() const;       // at most

 private:
  struct Place {  // of a stream
    std::size_t method;
    std::int64_t level;   // 0: the main estimates, 1 + l: number l of the study
    std::int64_t repeat;  // -1: groups of the study
  };
  Place place(std::int64_t stream) const;
  Estimation& estimation(std::int64_t stream);
  std::size_t study_entry(const Place& at) const;
  void lay_out_study(std::size_t m);
  Context context(std::size_t m, std::int64_t level, std::int64_t repeat) const;
  bool run_group(std::size_t m, std::int64_t task, const tasks::StopToken& stop, tasks::Bytes& result) const;

  const Problem& problem_;
  Plan plan_;
  std::vector<std::int64_t> first_stream_;                 // of each method, and the end
  std::vector<std::unique_ptr<Estimation>> estimations_;   // one a stream of the main estimates
  std::vector<std::vector<std::int64_t>> small_;           // (method): estimates of the study that are done in groups
  std::vector<std::vector<std::int64_t>> groups_;          // (method): the first of small_ of each task, and the end
  std::vector<Place> large_;                               // the others
  std::vector<std::unique_ptr<Estimation>> large_estimations_;
  std::vector<std::vector<LevelEstimate>> studies_;
  std::vector<std::vector<tasks::Bytes>> payloads_;        // (stream): of the present round
  std::vector<std::int64_t> round_start_;                  // (stream): its first task
  std::vector<std::int64_t> folded_;                       // (stream)
};

}  // namespace shoal::workloads::integrate
