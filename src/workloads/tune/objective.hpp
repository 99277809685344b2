// SPDX-License-Identifier: Apache-2.0
// What a trial does: the seam between the search, which proposes points, and the work that gives them a loss.
//
// A trial uses up a resource, counted in whole numbers from 0: epochs of a training, steps that a program reports; 1 for
// what cannot be divided. It runs in one or more segments, each from where the one before it of the trial ended, and with
// the state that one left. On its way it may meet rungs, where its loss decides whether it goes on. All members are const
// and called from many threads at once; outcomes are pure functions of (input, segment, point, state).
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shoal/config/diagnostics.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/search/scheduler.hpp"
#include "shoal/tasks/job.hpp"

namespace shoal::workloads::tune {

using search::Rung;
using search::RungValue;

struct Segment {
  std::int64_t trial = 0;
  std::int64_t begin = 0;    // resource used up before; 0: begin anew, there is no state
  std::int64_t end = 0;      // and after
  bool adopted = false;      // the state was left by a trial with another point, which agrees in all tied parameters
  std::vector<Rung> rungs;   // in (begin, end], rising
};

using NamedValue = std::pair<std::string, double>;
using NamedText = std::pair<std::string, std::string>;

// What one segment adds to its trial.
struct SegmentOutcome {
  // Not ok: the trial has ended. pruned: at a rung.
  search::State state = search::State::ok;
  // To be minimised (the negative of what is maximised), with `reached` used up. Anything unless the state is ok or pruned;
  // NaN or infinite makes an ok trial `nan`.
  double loss = std::numeric_limits<double>::quiet_NaN();
  std::int64_t reached = 0;             // resource used up from the start of the trial; ok but less than the segment's end: the
                                        // trial itself has ended early
  std::vector<RungValue> rungs;         // those met in this segment, rising
  std::int64_t first_bad_epoch = -1;    // from the start of the trial
  std::string fail_reason;
  std::vector<std::string> columns;     // names of the history's metrics; empty: no history
  std::vector<double> history;          // (unit of resource of this segment, column), row-major
  std::vector<NamedValue> values;       // attached to the trial; the last segment's count; appear under /results
  std::vector<NamedValue> costs;        // what the outside world took, such as wall seconds of a program; the sum over
                                        // segments appears under /measurements. Only of objectives that are not reproducible
  std::vector<NamedText> texts;         // what programs said; the last segment's count; appear under /measurements
};

// What a segment is run by.
struct Execution {
  const tasks::StopToken& stop;
  tasks::Workspace* workspace = nullptr;      // of the thread, as make_workspace() made it
  tasks::Team& team = tasks::Team::solo();    // threads that may work on the trial; no result may depend on their number
};

// One of several segments that are run together.
struct SegmentRun {
  Segment segment;
  search::Point point;
  tasks::ByteView state;
  SegmentOutcome outcome;
  tasks::Bytes next;
};

class Objective {
 public:
  virtual ~Objective() = default;

  // What is wrong with a point, one sentence each; empty: it can be tried.
  virtual std::vector<std::string> problems(const search::Point& point) const = 0;

  // The same; mistakes of keys go to the diagnostics with their places, and only the other sentences are returned.
  virtual std::vector<std::string> check(const search::Point& point, config::Diagnostics&) const { return problems(point); }

  // Equal results every time? False: they depend on the outside world.
  virtual bool reproducible() const { return true; }

  // The resource that a trial uses up if nobody stops it, >= 1, and the name of its unit in the plural.
  virtual std::int64_t resource(const search::Point& point) const = 0;
  virtual std::string resource_unit() const = 0;

  // Its metric has a value wherever a multiple of this is used up, and at the end.
  virtual std::int64_t value_every(const search::Point&) const { return 1; }

  // A segment should use at most so much of it (>= 1), since a segment that is lost is computed again from its beginning.
  virtual std::int64_t segment_resource(const search::Point& point) const { return resource(point); }

  // Does a segment leave a state that the next one continues from? False: every segment begins anew and runs from 0 to its
  // end. True: cutting a trial into segments changes no bit of it.
  virtual bool continues() const { return false; }

  // By parameter of the space: is it tied to the state (the shape of a network), so that a trial which adopts the state of
  // another must copy it? Of missing ones: yes.
  virtual std::vector<bool> tied_parameters() const { return {}; }

  // Of a trial that nobody stops; 0: unknown.
  virtual double flop(const search::Point& point) const = 0;

  // The name of what decides, and whether more of it is better.
  virtual std::string metric() const = 0;
  virtual bool maximise() const = 0;

  virtual std::unique_ptr<tasks::Workspace> make_workspace() const = 0;

  // Runs a segment from the state of the one before (empty for the first, and unless continues()); `next` gets the state it
  // leaves. False: gave up because of the stop token. Failures are outcomes; what is thrown ends the job.
  virtual bool run(const Segment&, const search::Point&, tasks::ByteView state, const Execution&, SegmentOutcome&,
                   tasks::Bytes& next) const = 0;

  // Segments of one number other than 0, at most most_together() of them, may be given to run_together(), which is faster.
  virtual std::int64_t most_together() const { return 1; }
  virtual std::uint64_t group(const Segment&, const search::Point&) const { return 0; }

  // Runs them all as run() does each, without team: outcomes and states are the same. What fails in one must not reach another.
  virtual bool run_together(std::span<SegmentRun> runs, const Execution& execution) const {
    for (SegmentRun& one : runs)
      if (!run(one.segment, one.point, one.state, execution, one.outcome, one.next)) return false;
    return true;
  }

  // Worker threads of a rank that each trial takes for itself, beyond what schedule.threads_per_task says; and, before
  // anything runs on this rank, the CPUs of each team of threads (of none where they are not the rank's alone).
  virtual int threads_per_task() const { return 1; }
  virtual void set_cpus(const std::vector<std::vector<int>>& /*of_teams*/) {}

  // Is anything kept of the best trial? Then a last task asks for it.
  virtual bool keeps() const { return continues(); }

  // What is kept of the best trial, from the state after its last segment (empty unless continues()); and how it appears
  // below /results/best and in the report for people. Nothing kept: nothing is written.
  virtual void keep(const search::Point&, tasks::ByteView state, tasks::Bytes& kept) const = 0;
  virtual void write_kept(tasks::ByteView kept, record::Group& best) const = 0;
  virtual std::vector<std::string> report_kept(tasks::ByteView /*kept*/) const { return {}; }

  // Memory of a worker thread while it runs the point, and of what the rank shares.
  virtual std::int64_t worker_bytes(const search::Point& point) const = 0;
  virtual std::int64_t shared_bytes() const = 0;
  virtual std::int64_t kept_bytes(const search::Point& point) const = 0;

  virtual std::vector<std::string> describe() const = 0;
};

// What deserves the loss `value` of the metric: the value itself, or its negative where it is maximised.
inline double loss_of(const Objective& objective, double value) {
  return objective.maximise() ? -value : value;
}

}  // namespace shoal::workloads::tune
