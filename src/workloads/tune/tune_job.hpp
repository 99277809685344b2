// SPDX-License-Identifier: Apache-2.0
// The tasks of a search, in one stream.
//
//   round 0: the segments of all trials, trial after trial; a segment's predecessor is the one before it of its trial
//   round 1: one task, whose predecessor is the best trial's last segment: it returns what is worth keeping of that
//   trial,
//            so that no other trial's weights need to be kept
//
// Trial t is repeat t % repeats of configuration t / repeats; the search proposes configurations.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "shoal/search/algorithm.hpp"
#include "shoal/tasks/job.hpp"
#include "workloads/tune/objective.hpp"

namespace shoal::workloads::tune {

// A trial as rank 0 knows it.
struct Trial {
  std::int64_t n_segments = 0;
  std::int64_t n_folded = 0;  // segments whose results are here
  search::State state = search::State::unfinished;
  double loss = std::numeric_limits<double>::quiet_NaN();  // of finished trials; +inf where the state is not ok
  std::int64_t first_bad_epoch = -1;
  std::string fail_reason;
  int columns = -1;             // number of the list of metrics in TuneJob::column_lists()
  std::vector<double> history;  // (epoch, column), row-major

  bool finished() const { return state != search::State::unfinished; }
};

class TuneJob final : public tasks::Job {
 public:
  // All references outlive the job.
  TuneJob(const search::Algorithm& algorithm, const Objective& objective, std::int64_t n_configs, std::int64_t repeats);

  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override;
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending* pending) override;
  bool run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const override;
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return objective_.make_workspace(); }
  void fold(tasks::TaskId id, tasks::ByteView result) override;

  std::int64_t n_configs() const { return n_configs_; }
  std::int64_t repeats() const { return repeats_; }
  std::int64_t n_trials() const { return n_configs_ * repeats_; }

  // What rank 0 has folded so far; empty before the first round.
  const std::vector<Trial>& trials() const { return trials_; }
  const std::vector<search::Point>& points() const { return points_; }  // by configuration
  const search::Point& point_of(std::int64_t trial) const {
    return points_[static_cast<std::size_t>(trial / repeats_)];
  }
  const std::vector<std::vector<std::string>>& column_lists() const { return column_lists_; }

  // The finished trial of the lowest loss, the first of equal ones; -1: none is ok.
  std::int64_t best_trial() const { return best_; }
  tasks::ByteView kept() const { return kept_; }  // of the best trial; empty until round 1 is done

  std::int64_t n_finished() const { return n_finished_; }
  std::int64_t n_failed() const { return n_failed_; }

 private:
  void lay_out();
  std::int64_t trial_of(std::int64_t task) const;
  void finish(std::int64_t trial, const SegmentOutcome& outcome);
  int column_list(std::vector<std::string> columns);

  const search::Algorithm& algorithm_;
  const Objective& objective_;
  std::int64_t n_configs_;
  std::int64_t repeats_;
  std::vector<search::Point> points_;
  std::vector<std::int64_t> first_task_;  // of each trial, and the number of all tasks
  std::vector<Trial> trials_;
  std::vector<std::vector<std::string>> column_lists_;
  std::int64_t best_ = -1;
  std::int64_t n_finished_ = 0;
  std::int64_t n_failed_ = 0;
  tasks::Bytes kept_;
};

}  // namespace shoal::workloads::tune
