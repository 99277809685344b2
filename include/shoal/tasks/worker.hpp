// SPDX-License-Identifier: Apache-2.0
// The half of the scheduler that every rank has, rank 0 included: asks for work, feeds the threads, hands in results.
//
// A state machine like the Coordinator: no I/O, no clock, no threads of its own. The driver owns a pool (LocalQueue with
// real threads, WorkPool in the serial and simulated drivers) and connects the two:
//
//   Worker w(job, rank, n_threads, policy, blobs);
//   w.start(now, actions);
//   while (!w.finished()) {
//     on a message:                     w.on_message(now, from, message, actions);
//     when the pool has news:           w.on_local(now, pool.report(), actions);     // reports may also be empty
//     at w.deadline() at the latest:    w.on_timer(now, actions);
//     on a signal (any rank):           w.request_stop(kind, actions);
//     carry out actions: clear_queue -> pool.clear(); request_stop -> stop token; start -> pool.push() each;
//                        sends -> deliver; hang -> leave the process with code 85
//   }
//
// Carry out actions.clear_queue and .request_stop before .start. After `start` or `clear_queue` call on_local() again, so
// that the Worker knows how the pool stands. News of the pool are worth an on_local() at once when a thread has run out of
// work, when fewer than wake_below() tasks wait, or when policy.batch_bytes of results are pending; else within a few ms.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/tasks/blobs.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/message.hpp"
#include "shoal/tasks/policy.hpp"
#include "shoal/tasks/work_pool.hpp"

namespace shoal::tasks {

struct WorkerActions {
  std::vector<Send> sends;        // deliver in this order
  std::vector<WorkItem> start;    // give to the threads
  bool clear_queue = false;       // drop work that waits
  bool request_stop = false;      // ask running tasks to stop (StopToken)
  bool hang = false;              // rank 0 has been silent for policy.hang_seconds
  // Work came, or the end: what idle threads have waited for so far. Until so many seconds ago no task could start yet,
  // since then there was none left; negative: it was none of the former.
  std::optional<double> blocked_ago;
  void clear() { *this = {}; }
};

class Worker {
 public:
  // `job` and `blobs` outlive the object. The blob store is asked from the driver's main thread (to serve other ranks)
  // and from the worker threads.
  Worker(const Job& job, int rank, int n_threads, const Policy&, BlobStore& blobs);

  void start(double now, WorkerActions&);
  void on_message(double now, int from, Message, WorkerActions&);
  void on_local(double now, LocalReport, WorkerActions&);
  void on_timer(double now, WorkerActions&);

  // A signal reached this rank: rank 0 is asked to stop everybody.
  void request_stop(StopKind, WorkerActions&);

  double deadline() const;                              // when on_timer must be called at the latest
  std::int64_t wake_below() const { return wake_below_; }  // wake the main thread when fewer tasks wait in the pool
  bool finished() const { return said_bye_; }           // Bye was sent: threads may leave (heartbeats go on until Exit)
  std::optional<int> exit_code() const { return exit_code_; }  // from Exit
  double round_trip_seconds() const { return round_trip_; }

 private:
  struct Waiting {  // a task whose blob is on its way
    WorkItem item;
    double since = 0;
  };

  void awake(double now);
  void accept(double now, Assignment&&, WorkerActions&);
  void accept_task(double now, PreparedTask&&, WorkerActions&);
  void accept_blob(const BlobReply&, WorkerActions&);
  void serve_blob(int from, const BlobRequest&, WorkerActions&) const;
  void report_missing(const WorkItem&, WorkerActions&);
  void reset(const Reset&, WorkerActions&);
  void stop(double now, const Stop&, WorkerActions&);
  void step(double now, WorkerActions&);                // flush, ask, say good-bye: after every event
  void flush(double now, WorkerActions&);
  bool must_flush(double now, const Request& demand) const;
  double batch_age() const;
  Request demand(double now) const;
  bool wants_more(const Request& demand) const;
  void measure_round_trip(double now, double echo);
  void stop_steps(double now, WorkerActions&);

  const Job& job_;
  int rank_;
  int n_threads_;
  Policy policy_;
  BlobStore& blobs_;

  std::map<std::pair<std::int64_t, std::int64_t>, std::shared_ptr<const RoundInfo>> rounds_;
  std::multimap<TaskId, Waiting> waiting_;   // by the task that left the blob
  Results pending_;                          // not yet sent
  std::size_t pending_bytes_ = 0;
  bool pending_prepared_ = false;
  double pending_since_ = 0;

  std::int64_t queued_ = 0;
  std::int64_t running_ = 0;
  double mean_task_seconds_ = 0;
  double chunk_tasks_ = 0;                   // running mean of the tasks in a chunk
  std::int64_t epoch_ = 0;
  std::int64_t received_ = 0;
  Request asked_;                            // the last demand sent
  bool asked_valid_ = false;
  double round_trip_ = 0;
  std::int64_t wake_below_ = 0;

  double last_heartbeat_ = 0;
  double last_heard_ = 0;
  double last_event_ = 0;
  std::optional<Stop> stopping_;
  double stop_time_ = 0;
  double stop_token_time_ = 0;
  bool token_set_ = false;
  bool settled_ = false;                     // the pool has reported since the last Stop
  bool said_bye_ = false;
  std::optional<int> exit_code_;
};

}  // namespace shoal::tasks
