// SPDX-License-Identifier: Apache-2.0
// A workload's job as the run sees it: the same, and the results are hashed as they are folded, for `shoal verify`.
#pragma once

#include "shoal/record/task_hashes.hpp"
#include "shoal/tasks/job.hpp"

namespace shoal::run {

class RecordedJob final : public tasks::Job {
 public:
  explicit RecordedJob(tasks::Job& job) : job_(job) {}

  const record::TaskHashes& hashes() const { return hashes_; }

  std::int64_t n_streams() const override { return job_.n_streams(); }
  std::int64_t result_bytes(std::int64_t stream) const override { return job_.result_bytes(stream); }
  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override { return job_.prepare_round(stream, round); }
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending* pending) override {
    return job_.prepare(id, pending);
  }
  void restore(tasks::TaskId id, const tasks::Prepared& what, const tasks::Pending* pending) override {
    job_.restore(id, what, pending);
  }
  bool run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const override {
    return job_.run(input, workspace, output);
  }
  bool run_together(std::span<const tasks::TaskInput> inputs, tasks::Workspace* workspace,
                    std::span<tasks::TaskOutput> outputs) const override {
    return job_.run_together(inputs, workspace, outputs);
  }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return job_.make_workspace(); }
  void fold(tasks::TaskId id, tasks::ByteView result) override {
    hashes_.add(id.stream, result);
    job_.fold(id, result);
  }
  double cost_hint(tasks::TaskId id) const override { return job_.cost_hint(id); }

 private:
  tasks::Job& job_;
  record::TaskHashes hashes_;
};

}  // namespace shoal::run
