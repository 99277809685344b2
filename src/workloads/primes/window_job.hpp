// SPDX-License-Identifier: Apache-2.0
// Jobs over windows: count, gaps, list.
//
//   stream 0, round 0: the windows whose end does not depend on `stop`, so that --extend can keep them
//   the window that `stop` cuts, if there is one, where no first round is, since extensions keep those: in stream 1, round 1,
//   which waits for nothing; if tasks that need to know all windows follow, in stream 0, round 1, and they come after it
// Without given windows the plan depends on `stop` anyway, and all windows are in the first round.
#pragma once

#include <memory>

#include "workloads/primes/prime_job.hpp"
#include "workloads/primes/sieve_window.hpp"
#include "workloads/primes/window_plan.hpp"

namespace shoal::workloads::primes {

class WindowJob : public PrimeJob {
 public:
  // `given`: the user chose the length of windows.
  WindowJob(const WindowPlan& plan, bool given) : plan_(plan), n_first_round_(given ? plan.n_full() : plan.size()) {}

  std::int64_t n_streams() const final { return has_cut_window() && !has_further_rounds() ? 2 : 1; }
  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) final;
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending* pending) final;
  bool run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const final;
  bool run_otherwise(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const final;
  void fold(tasks::TaskId id, tasks::ByteView result) final;

  Estimate estimate() const override;
  std::vector<std::string> describe() const override;
  void write_results(record::Group& results) const override;
  std::string headline() const override;

  // Cuts of a window for run_otherwise: begin, some inner bounds, end.
  static std::vector<std::uint64_t> other_cuts(const Window& window);

 protected:
  // One window, from the pieces between the cuts.
  virtual bool compute(const std::vector<std::uint64_t>& cuts, const tasks::StopToken& stop, tasks::Bytes& result) const = 0;

  // Takes the next window's result; returns the number of primes in it.
  virtual std::uint64_t take(tasks::ByteView result) = 0;

  // What follows when all windows are known: none by default. `index`: of the task, from 0.
  virtual bool has_further_rounds() const { return false; }
  virtual tasks::Round further_round() { return {}; }
  virtual tasks::Prepared prepare_further(std::int64_t /*index*/) { return {}; }
  virtual bool run_further(const tasks::TaskInput&, bool /*otherwise*/, tasks::TaskOutput&) const { return true; }
  virtual void take_further(tasks::ByteView /*result*/) {}

  const WindowPlan& plan() const { return plan_; }
  const std::vector<std::uint64_t>& counts() const { return counts_; }  // of the windows folded so far
  std::uint64_t count() const { return count_; }
  bool complete() const { return static_cast<std::int64_t>(counts_.size()) == plan_.size(); }

 private:
  bool has_cut_window() const { return n_first_round_ < plan_.size(); }
  // The number of the window, or of the further task from plan_.size() on.
  std::int64_t index_of(tasks::TaskId id) const { return id.stream == 0 ? id.task : n_first_round_; }
  void take_window(tasks::ByteView result);

  WindowPlan plan_;
  std::int64_t n_first_round_;
  tasks::Bytes cut_window_;  // its result, until those before it are taken
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
};

// /results/windows/{start, stop, count} of the first windows of a plan.
void write_windows(const WindowPlan& plan, const std::vector<std::uint64_t>& counts, record::Group& results);

// "[0, 1000000000) in 10 windows of about 1e+08 numbers", and a warning where windows are too short.
std::vector<std::string> describe_windows(const WindowPlan& plan);

std::unique_ptr<PrimeJob> make_count_job(const WindowPlan& plan, bool given, const std::vector<std::string>& outputs);
std::unique_ptr<PrimeJob> make_gap_job(const WindowPlan& plan, bool given);
std::unique_ptr<PrimeJob> make_list_job(const WindowPlan& plan, bool given);
std::unique_ptr<PrimeJob> make_nth_job(std::uint64_t n, std::uint64_t start, std::uint64_t window);

}  // namespace shoal::workloads::primes
