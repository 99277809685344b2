// SPDX-License-Identifier: Apache-2.0
// What a trial does: the seam between the search, which proposes points, and the work that gives them a loss.
//
// A trial runs in one or more segments, each continuing from the state its predecessor left. All members are const and
// called from many threads at once; outcomes are pure functions of (input, trial, point, state).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shoal/record/tree.hpp"
#include "shoal/search/algorithm.hpp"
#include "shoal/tasks/job.hpp"

namespace shoal::workloads::tune {

struct Segment {
  std::int64_t trial = 0;
  std::int64_t number = 0;  // from 0
  std::int64_t count = 1;   // of this trial
};

// What one segment adds to its trial.
struct SegmentOutcome {
  search::State state = search::State::ok;
  std::int64_t first_bad_epoch = -1;  // from the start of the trial
  std::string fail_reason;
  std::vector<std::string> columns;  // names of the history's metrics
  std::vector<double> history;       // (epoch of this segment, column), row-major
};

class Objective {
 public:
  virtual ~Objective() = default;

  // What is wrong with a point, one sentence each; empty: it can be tried.
  virtual std::vector<std::string> problems(const search::Point& point) const = 0;

  virtual std::int64_t n_epochs(const search::Point& point) const = 0;
  virtual std::int64_t n_segments(const search::Point& point) const = 0;
  virtual double flop(const search::Point& point) const = 0;

  // The column of the history whose last value decides, and whether more of it is better.
  virtual std::string metric() const = 0;
  virtual bool maximise() const = 0;

  virtual std::unique_ptr<tasks::Workspace> make_workspace() const = 0;

  // Runs a segment from the state of the one before (empty for the first); `next` gets the state it leaves.
  // False: gave up because of the stop token.
  virtual bool run(const Segment&, const search::Point&, tasks::ByteView state, const tasks::StopToken&,
                   tasks::Workspace*, SegmentOutcome&, tasks::Bytes& next) const = 0;

  // What is kept of the best trial, from the state after its last segment; and how it appears below /results/best.
  virtual void keep(const search::Point&, tasks::ByteView state, tasks::Bytes& kept) const = 0;
  virtual void write_kept(tasks::ByteView kept, record::Group& best) const = 0;

  // Memory of a worker thread while it runs the point, and of what the rank shares.
  virtual std::int64_t worker_bytes(const search::Point& point) const = 0;
  virtual std::int64_t shared_bytes() const = 0;
  virtual std::int64_t kept_bytes(const search::Point& point) const = 0;

  virtual std::vector<std::string> describe() const = 0;
};

}  // namespace shoal::workloads::tune
