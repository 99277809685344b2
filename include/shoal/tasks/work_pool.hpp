// SPDX-License-Identifier: Apache-2.0
// The work of one rank that is waiting for its threads, and what they have done but not yet handed to the Worker.
//
// Plain data structure for one thread at a time; LocalQueue puts a mutex around it, the serial and simulated drivers use it
// as it is. A *slice* is what a thread takes at once: part of a range (about policy.slice_seconds of work by the measured
// mean task time, at least 1 task, at most a fair share of what waits), one prepared task, or prepared tasks that were handed
// out to be run together.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shoal/tasks/blobs.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/message.hpp"
#include "shoal/tasks/policy.hpp"

namespace shoal::tasks {

// A round as a rank knows it. Immutable once made; kept by everything that still works on it.
struct RoundInfo {
  RoundStart start;
  std::shared_ptr<const TaskOrder> order;
};

struct WorkItem {
  std::shared_ptr<const RoundInfo> round;
  std::int64_t first = 0;               // positions [first, first + count); prepared: one position
  std::int64_t count = 0;
  Bytes payload;
  std::int64_t predecessor = kNoTask;
  std::optional<Bytes> blob;            // of the predecessor, if it came by message; else the rank's store is asked
  std::int64_t together = kNoTask;      // PreparedTask::together
  std::vector<WorkItem> beside;         // of a slice: the others that are run together with this one
  std::int64_t n_tasks() const { return count + static_cast<std::int64_t>(beside.size()); }
};

// What a thread did with a slice.
struct SliceResult {
  ResultRun run;                        // count may be less than the slice's: the stop token was obeyed
  std::int64_t log_first = 0;           // ChunkLog::first
  std::optional<TaskError> error;       // the task after the run threw
  std::optional<BlobMissing> missing;   // the predecessor's blob is gone: nothing was run
};

// Runs a slice without those beside it. The only file that calls Job::run. Never throws (an exception becomes `error`; blobs are put into the
// store before this returns).
SliceResult run_slice(const Job&, const WorkItem& slice, Workspace*, BlobStore&, const StopToken&, Team& = Team::solo());

// The same for a slice and those beside it, in this order: together, or if that fails in any way one after the other.
std::vector<SliceResult> run_slices(const Job&, const WorkItem& slice, Workspace*, BlobStore&, const StopToken&,
                                    Team& = Team::solo());

// What the threads did since the last report, and how the rank stands.
struct LocalReport {
  std::vector<ResultRun> runs;
  std::vector<ChunkLog> log;
  std::vector<TaskError> errors;
  std::vector<BlobMissing> missing;
  std::int64_t queued = 0;          // tasks waiting
  std::int32_t running = 0;         // slices being run
  double mean_task_seconds = 0;     // of the work now in the pool; 0: unknown
  bool empty() const { return runs.empty() && log.empty() && errors.empty() && missing.empty(); }
};

class WorkPool {
 public:
  WorkPool(int rank, int n_threads, const Policy&);

  void push(WorkItem);
  void clear();                                 // drops what waits (running slices go on)
  std::optional<WorkItem> take();               // the next slice, counted as running
  void finish(int thread, SliceResult, double start, double end, double cpu_seconds);
  // Of tasks that ran together: each gets an equal share of the time, one after the other, so that sums over tasks and over
  // threads are what they are.
  void finish(int thread, std::vector<SliceResult>, double start, double end, double cpu_seconds);
  LocalReport report();                         // hands over what was done since the last call

  std::int64_t queued() const { return queued_; }
  std::int32_t running() const { return running_; }
  int n_threads() const { return n_threads_; }
  std::size_t pending_bytes() const { return pending_bytes_; }   // results done and not yet reported
  bool pending_urgent() const { return urgent_; }                // an error or a missing blob waits to be reported

 private:
  struct Pace {  // running means, one for each stream
    double task_seconds = 0;
    double result_bytes = 0;
  };
  std::int64_t slice_size(const WorkItem&) const;
  void take_beside(WorkItem& slice);
  void add(int thread, SliceResult, double start, double end, double cpu_seconds);
  void measure(const SliceResult&, double seconds);

  int rank_;
  int n_threads_;
  Policy policy_;
  std::deque<WorkItem> items_;
  std::int64_t queued_ = 0;
  std::int32_t running_ = 0;
  std::map<std::int64_t, Pace> pace_;
  std::int64_t last_stream_ = 0;
  std::size_t pending_bytes_ = 0;
  bool urgent_ = false;
  LocalReport done_;
};

}  // namespace shoal::tasks
