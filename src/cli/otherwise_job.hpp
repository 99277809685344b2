// SPDX-License-Identifier: Apache-2.0
// A job whose tasks are computed the other way they know, for verification.
#pragma once

#include "shoal/tasks/job.hpp"

namespace shoal::cli {

class OtherwiseJob final : public tasks::Job {
 public:
  explicit OtherwiseJob(tasks::Job& job) : job_(job) {}

  std::int64_t n_streams() const override { return job_.n_streams(); }
  std::int64_t result_bytes(std::int64_t stream) const override { return job_.result_bytes(stream); }
  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override { return job_.prepare_round(stream, round); }
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending* pending) override { return job_.prepare(id, pending); }
  void restore(tasks::TaskId id, const tasks::Prepared& prepared, const tasks::Pending* pending) override {
    job_.restore(id, prepared, pending);
  }
  bool run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const override {
    return job_.run_otherwise(input, workspace, output);
  }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return job_.make_workspace(); }
  void fold(tasks::TaskId id, tasks::ByteView result) override { job_.fold(id, result); }
  double cost_hint(tasks::TaskId id) const override { return job_.cost_hint(id); }

 private:
  tasks::Job& job_;
};

}  // namespace shoal::cli
