// SPDX-License-Identifier: Apache-2.0
// The one idea: a job is a list of numbered tasks, and the result of task k is a pure function of
// (input, k, the results of the first horizon(k) tasks).
//
//   prepare(k, history[0, h(k)), payloads[h(k), k)) -> payload | end   rank 0, in task order
//   run(k, payload, predecessor_blob, stop)         -> result [+ blob] anywhere, pure
//   fold(k, result)                                                    rank 0, in task order: the history grows
//
// A job has one or more independent *streams*; a stream is a sequence of *rounds*; tasks are numbered through all
// rounds of their stream. Within a round that starts at task s and has window w the horizon is
//
//   h(k) = max(s, k - w)
//
// which gives the three usual kinds: independent tasks (one round, unlimited window: h = 0), an asynchronous search
// (one round, window w: h = max(0, k - w)), and rounds (many rounds, unlimited window: h = s).
//
// The calls of one stream on rank 0 are a fixed sequence, whatever the order in which results arrive:
// prepare_round(r) comes after fold of every task of the earlier rounds; prepare(k) with h(k) > 0 comes exactly when h(k)
// results have been folded (so fold(j) waits until every task k with 0 < h(k) <= j has been prepared); prepare(k) with
// h(k) = 0 may come at any time before k runs, in task order, and must not look at the history.
//
// The exception are *free* rounds, whose calls depend on time: fold comes in the order in which results arrive, and
// prepare(k), still in order of k, as late as possible, when somebody asks for work, after everything that has arrived is
// folded. The journal keeps both orders and every decision, so that a run that is resumed, or a recorded run that is
// replayed, goes through the very same calls, with restore(k) in place of prepare(k).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shoal/tasks/team.hpp"
#include "shoal/tasks/tiles.hpp"

namespace shoal::tasks {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

struct TaskId {
  std::int64_t stream = 0;
  std::int64_t task = 0;
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

inline constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kNoTask = -1;

// One round of a stream, as decided by the job from the history.
struct Round {
  std::int64_t n_tasks = 0;            // 0: the stream has ended; kUnlimited: until prepare() returns nothing
  std::int64_t window = kUnlimited;    // see h(k) above; >= 0
  bool prepared = false;               // false: tasks have no payload and no predecessor; prepare() is not called and
                                       // tasks travel as ranges (the way for millions of small ones)
  Bytes common_payload;                // sent once to each rank, handed to every run() of the round
  bool free = false;                   // only with prepared: see above. Then window >= 1 bounds the tasks that are prepared
                                       // and not folded (kUnlimited: two for each worker thread of all ranks)
  std::int64_t together = 1;           // only with prepared: at most so many tasks of a group go into one run_together()
};

// What prepare() decides about one task.
struct Prepared {
  Bytes payload;
  std::int64_t predecessor = kNoTask;  // a task of the same stream, smaller than k, whose blob run() receives
  std::uint64_t group = 0;             // tasks of a round with the same number may be run together; 0: only alone
};

// The payloads of the pending tasks: those before k whose results may not be looked at yet. In rounds with a finite window
// these are h(k) .. k-1; in free rounds those that are not folded, whichever they are. To visit them in either:
//
//   for (std::int64_t task = pending.next(pending.begin()); task < pending.end(); task = pending.next(task + 1)) ...
class Pending {
 public:
  virtual ~Pending() = default;
  virtual std::int64_t begin() const = 0;                        // the first pending task; k if there is none
  virtual std::int64_t end() const = 0;                          // k
  virtual ByteView payload(std::int64_t task) const = 0;         // of a pending task
  virtual std::int64_t next(std::int64_t task) const { return task; }  // the first pending task >= `task`, or end()
};

// Tells a running task that it should stop. Poll it at least every 0.2 s, or be abandoned and computed again.
class StopToken {
 public:
  bool requested() const noexcept { return flag_.load(std::memory_order_relaxed); }
  void request() noexcept { flag_.store(true, std::memory_order_relaxed); }

 private:
  std::atomic<bool> flag_{false};
};

// Scratch memory of one worker thread, reused from task to task. It must not influence any result.
class Workspace {
 public:
  virtual ~Workspace() = default;
};

struct TaskInput {
  TaskId id;
  std::int64_t round = 0;
  ByteView payload;           // empty if the round is not prepared
  ByteView common_payload;    // of the round
  ByteView predecessor_blob;  // empty without predecessor
  const StopToken& stop;
  Team& team = Team::solo();  // the threads that may work on this task, the calling one among them
};

struct TaskOutput {
  Bytes& result;              // append to it: the engine packs the results of many tasks into one buffer
  std::optional<Bytes> blob;  // what a successor needs (weights, optimiser state): not journalled, kept on the side
  TileSink* tiles = nullptr;  // for parts of streamed arrays; never null while the engine runs the task
};

class Job {
 public:
  virtual ~Job() = default;

  virtual std::int64_t n_streams() const { return 1; }

  // Size of every result of a stream in bytes, or 0 if sizes differ. Fixed sizes are packed without lengths.
  virtual std::int64_t result_bytes(std::int64_t /*stream*/) const { return 0; }

  // Rank 0: the next round of a stream; n_tasks = 0 ends the stream. Called once a round.
  virtual Round prepare_round(std::int64_t stream, std::int64_t round) = 0;

  // Rank 0, only for prepared rounds, in task order: what task k should do. No value: the round ends before k.
  // `pending` is null in rounds with unlimited window that are not free.
  virtual std::optional<Prepared> prepare(TaskId, const Pending* /*pending*/) { return Prepared{}; }

  // Rank 0, only in free rounds: what an earlier run decided about task k, in place of prepare() and between the same calls
  // of fold() as then. Override it to read the decision back from the payload, and wherever prepare() looks at the clock.
  // This one calls prepare() and throws Error (76) if that decides otherwise now. (An earlier run's "no value" ends the
  // round without a call.)
  virtual void restore(TaskId, const Prepared&, const Pending*);

  // Any rank, any thread, several at once: computes one task. Pure: depends on the arguments and the input alone.
  // Returns false if it gave up because of the stop token: whatever it wrote is discarded.
  virtual bool run(const TaskInput&, Workspace*, TaskOutput&) const = 0;

  // Computes tasks of one group at once: outputs[i] gets what run(inputs[i]) would give, bit for bit, since which tasks meet
  // depends on time. False: gave up because of the stop token. If it throws, its tasks are run alone, one after the other.
  // They are handed out together only where as many remain for every other thread of all ranks, so that nobody runs dry.
  virtual bool run_together(std::span<const TaskInput> inputs, Workspace*, std::span<TaskOutput> outputs) const;

  // The same result computed in another way (other cuts, another method), where there is one: for `shoal verify`.
  virtual bool run_otherwise(const TaskInput& input, Workspace* workspace, TaskOutput& output) const {
    return run(input, workspace, output);
  }

  // One workspace for each worker thread; null if none is needed.
  virtual std::unique_ptr<Workspace> make_workspace() const { return nullptr; }

  // Rank 0, in task order within a stream; in free rounds in the order of arrival.
  virtual void fold(TaskId, ByteView result) = 0;

  // Relative expected cost of a task of an unprepared round, for the order "longest". Any rank; pure.
  virtual double cost_hint(TaskId) const { return 1.0; }
};

}  // namespace shoal::tasks
