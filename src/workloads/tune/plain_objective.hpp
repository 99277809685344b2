// SPDX-License-Identifier: Apache-2.0
// What all objectives that train no network have in common: a loss for a point, nothing that is kept.
#pragma once

#include "workloads/tune/make_objective.hpp"

namespace shoal::workloads::tune {

class PlainObjective : public Objective {
 public:
  explicit PlainObjective(const ObjectiveContext& context);

  std::vector<std::string> problems(const search::Point&) const override { return {}; }
  std::int64_t resource(const search::Point&) const override { return steps_; }
  std::string resource_unit() const override { return "steps"; }
  double flop(const search::Point&) const override { return 0; }
  std::string metric() const override { return metric_; }
  bool maximise() const override { return maximise_; }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return nullptr; }
  std::vector<bool> tied_parameters() const override { return std::vector<bool>(space_.parameters().size()); }
  bool keeps() const override { return false; }
  void keep(const search::Point&, tasks::ByteView, tasks::Bytes&) const override {}
  void write_kept(tasks::ByteView, record::Group&) const override {}
  std::int64_t worker_bytes(const search::Point&) const override { return 0; }
  std::int64_t shared_bytes() const override { return 0; }
  std::int64_t kept_bytes(const search::Point&) const override { return 0; }

 protected:
  const search::Space& space() const { return space_; }
  std::int64_t steps() const { return steps_; }
  std::uint64_t seed() const { return seed_; }

 private:
  const search::Space& space_;
  std::int64_t steps_;
  std::uint64_t seed_;
  std::string metric_;
  bool maximise_;
};

// A value that a trial reports on its way: goes into the history and, where there is a rung, is compared. False: the trial
// is pruned. `step` counts from 1.
class StepLog {
 public:
  StepLog(const Segment& segment, const Objective& objective, SegmentOutcome& outcome)
      : segment_(segment), objective_(objective), outcome_(outcome), step_(objective.continues() ? segment.begin : 0) {}
  bool note(std::int64_t step, double value);

  // The same for the step after the latest; the first one is 1, or the one after the state that the trial continues from.
  bool note_next(double value) { return note(++step_, value); }
  std::int64_t step() const { return step_; }

 private:
  const Segment& segment_;
  const Objective& objective_;
  SegmentOutcome& outcome_;
  std::int64_t step_;
};

// A seed of a trial for programs and functions: positive, below 2^31.
std::int64_t seed_of_trial(std::uint64_t seed, std::int64_t trial);

}  // namespace shoal::workloads::tune
