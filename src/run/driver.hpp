// SPDX-License-Identifier: Apache-2.0
// The MPI + threads driver of the scheduler: connects the state machines of `tasks` with messages, threads, signals,
// clocks and files. One rank is a Comm of size 1: there is no other path.
//
// On every rank: one parallel region of T workers and the main thread, which alone uses the Comm. On rank 0 in addition
// the Coordinator, and an I/O thread that runs the hooks `sync`, the second half of `snapshot`, and `finish`.
// The main thread never waits for the I/O thread: messages and heartbeats are served during all of them.
//
// How it ends. Rank 0 tells every rank the one exit code, by message; drive() returns it everywhere. After a loss, or with
// tasks that ignore their stop token, there is no way back through MPI_Finalize: DriveResult::abandon is set on every rank
// (and the process leaves from inside drive() where a task cannot be stopped). A worker that hears nothing from rank 0 for
// policy.hang_seconds leaves the process with code 85 from inside drive().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shoal/error.hpp"
#include "shoal/measure/rank_clock.hpp"
#include "shoal/parallel/comm.hpp"
#include "shoal/tasks/blobs.hpp"
#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/policy.hpp"
#include "shoal/tasks/progress.hpp"

namespace shoal::run {

using SteadyClock = std::chrono::steady_clock;

struct DriveOptions {
  int threads = 1;                                    // workers of this rank, >= 1 (parallel::choose_threads)
  bool kill_follows = false;                          // INT and TERM mean "stop now" (launcher, Slurm)
  std::optional<SteadyClock::time_point> stop_at = std::nullopt;  // rank 0: soft stop then (--max-time)
  double progress_seconds = 1;                        // between calls of hooks.progress
  double sync_seconds = 1;                            // at most so long from a record's arrival to the start of `sync`
};

// What a rank used, as reported at its end.
struct RankCosts {
  std::int32_t rank = 0;
  std::int32_t threads = 0;
  double wall_seconds = 0;         // from the start of drive() to the good-bye
  double process_cpu_seconds = 0;  // all threads, since drive() began
  double main_cpu_seconds = 0;     // of these: the main thread (messages and scheduling)
  double round_trip_seconds = 0;   // smoothed; 0: not measured
  std::int64_t messages = 0;       // sent and received over the Comm
  std::int64_t bytes = 0;
  std::int64_t max_rss_bytes = 0;
};

// The same, and what its worker threads did until then. Ranks that were lost have none.
struct RankUsage : RankCosts {
  measure::RankTimes states;
};

struct DriveStatus {
  tasks::Progress progress;
  double durable_seconds_ago = 0;             // age of the oldest record that is not durable yet; 0: all are
  std::optional<double> stop_in_seconds;      // until stop_at
  bool stopping = false;
  std::int64_t snapshots = 0;
};

struct DriveResult {
  ExitCode code = ExitCode::internal;         // the same on every rank
  bool abandon = false;                       // leave with _exit: a rank was lost or tasks were left behind
  // On rank 0 only:
  tasks::Outcome outcome = tasks::Outcome::running;
  std::string message;                        // why it failed, for people; empty if it did not
  std::string stop_reason;                    // "signal", "time limit", ...; empty if it was not stopped
  tasks::Counts counts;
  double seconds = 0;                         // from the start of drive() to the last good-bye
  std::vector<RankUsage> usage;               // by rank, lost ones missing
};

// All optional, all called on rank 0 only.
struct DriveHooks {
  std::vector<tasks::ResultRun> replay;       // results of earlier runs, from the journal
  std::vector<tasks::Decision> decisions;     // likewise, of free rounds
  std::vector<tasks::FoldOrder> follow;       // of free rounds: for checking recorded runs
  tasks::Journal* journal = nullptr;          // append() on the main thread: write, do not sync
  tasks::Observer* observer = nullptr;        // on the main thread
  std::function<void()> sync;                 // I/O thread: make durable what was appended; may throw Error
  // Main thread: copies what the snapshot needs from the job's folded state and returns the rest of the work, which the
  // I/O thread does. Not called again before that has ended.
  std::function<std::function<void()>()> snapshot;
  std::function<void(const DriveStatus&)> progress;  // main thread, every progress_seconds, and once at the end
  std::function<void(int rank, bool lost)> rank_changed;  // main thread: a rank was lost, or came back
  // I/O thread, after the last good-bye and `sync`: the final result or the last snapshot, of a job nobody touches any more.
  // Its exit code replaces `code` of the result it is given; what it throws becomes code and message.
  std::function<ExitCode(const DriveResult&)> finish;
  // Asked when `finish` has thrown: is some library left in a state in which the process must not run its exit handlers?
  std::function<bool()> must_leave;
};

// Collective. Runs the job to its end, or until a signal, stop_at or a failure. `job` must be an equal object on every
// rank; `policy` must be equal too. `blobs` is this rank's store (null: in memory).
// Never throws what tasks or hooks throw on any rank: see DriveResult. Throws SystemError (69) on every rank alike if on
// some rank fewer threads come than asked.
DriveResult drive(tasks::Job& job, parallel::Comm& comm, const tasks::Policy& policy, const DriveOptions& options,
                  DriveHooks hooks = {}, tasks::BlobStore* blobs = nullptr);

}  // namespace shoal::run
