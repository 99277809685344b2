// SPDX-License-Identifier: Apache-2.0
// The half of the scheduler that lives on rank 0: who does what, and in which order the history grows.
//
// An event-driven state machine without I/O, threads or clock: each event takes the time `now` (seconds, rising, on any
// clock the driver likes) and appends to CoordinatorActions what the driver must do. Events come from one thread.
//
//   Coordinator c(job, policy, threads_of_rank, journal, observer);
//   for (ResultRun& run : journalled) c.replay(std::move(run));    // and each Decision, if there are free rounds
//   c.start(now, actions);                       // folds what was replayed; may already be finished
//   while (!c.finished()) {
//     on a message: c.on_message(now, from, message, actions);
//     at c.deadline() at the latest: c.on_timer(now, actions);
//     on a signal: c.on_stop(now, kind, actions);
//     deliver actions.sends (those to rank 0: to the local Worker, directly)
//   }
//   c.outcome(), c.failure()
//
// Guarantees. Per stream the calls prepare_round, prepare with h > 0 and fold are a pure function of the job, whatever
// arrives when (prepare with h = 0 comes in task order, as late as demand allows). The first result of a task counts. Every
// first result is given to the journal before anything that depends on it. A task of a lost rank is handed out again; a
// rank that is heard again is taken in.
//
// Memory: unfolded results packed as they came, plus about 140 bytes for each separate run of them; done tasks as
// intervals; payloads of prepared tasks until they are done (finite window: folded; with a blob: to the stream's end).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shoal/tasks/job.hpp"
#include "shoal/tasks/message.hpp"
#include "shoal/tasks/policy.hpp"
#include "shoal/tasks/progress.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::tasks {

struct CoordinatorActions {
  std::vector<Send> sends;         // deliver in this order
  std::vector<int> lost;           // ranks just given up
  std::vector<int> returned;       // ranks just heard again
  bool snapshot = false;           // a good moment for a snapshot (policy.snapshot_seconds, or it was asked for)
  void clear() { *this = {}; }
};

// How the job ended. running: not yet.
enum class Outcome : std::uint8_t {
  running,
  complete,  // every task of every stream folded
  stopped,   // resumable: the same job with the journal's records continues
  failed,    // failure() says why; also resumable once the cause is gone
};

struct Failure {
  std::optional<TaskId> task;   // none: prepare, prepare_round or fold threw, or the journal did not fit the job
  int exit_code = 70;
  std::string text;
};

// Told on rank 0 what happens, from inside the events. For reports only; must not throw.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void chunk(const ChunkLog&) {}                      // a slice of work, as it was done
  virtual void round_opened(std::int64_t /*stream*/, std::int64_t /*round*/, std::int64_t /*n_tasks*/) {}
};

class Coordinator {
 public:
  // `threads_of_rank`: worker threads of every rank (teams of them: policy.threads_per_task), rank 0 first. All references outlive the object.
  Coordinator(Job&, const Policy&, std::vector<int> threads_of_rank, Journal&, Observer* = nullptr);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // Before start(): results of earlier runs, repetitions allowed, those of free rounds in the order of the journal, others
  // in any order; and the decisions in free rounds, in order. Not appended to the journal again.
  void replay(ResultRun);
  void replay(Decision);

  // Before start(): the results of this free round are folded in this order, those that are not replayed as soon as they
  // have been computed again. For checking recorded runs.
  void follow(FoldOrder);

  // Opens the first rounds and folds everything replayed. Exceptions of the job become failure().
  void start(double now, CoordinatorActions&);

  void on_message(double now, int from, Message, CoordinatorActions&);
  void on_timer(double now, CoordinatorActions&);

  // soft or hard; a harder one may follow a softer one.
  void on_stop(double now, StopKind, CoordinatorActions&);

  // Makes the next actions ask for a snapshot (signal USR2).
  void want_snapshot();

  // When on_timer must be called at the latest.
  double deadline() const;

  // All ranks alive have said good-bye (or were lost meanwhile); heartbeats are still answered afterwards.
  bool finished() const;

  // The job's fate; settled when finished(), and already when the last fold is done.
  Outcome outcome() const;
  const std::optional<Failure>& failure() const;

  Counts counts() const;
  bool alive(int rank) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace shoal::tasks
