// SPDX-License-Identifier: Apache-2.0
// The pool shared by the threads of a rank: T worker threads take slices, run them and hand in packed results, while the
// main thread runs the Worker (and on rank 0 the Coordinator). Thread-safe; knows neither OpenMP nor MPI.
//
//   worker thread t = 0 .. T-1:   queue.work(t);                     // returns after close(); never throws
//   main thread:                  queue.carry_out(worker_actions);   // clear, stop token, push
//                                 worker.on_local(now, queue.report(), actions);
//                                 ... sleep until a message, `wake`, or the next deadline ...
//                                 queue.close();                     // once worker.finished()
//
// Idle threads sleep on a condition variable: no spinning.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "shoal/error.hpp"
#include "shoal/tasks/blobs.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/policy.hpp"
#include "shoal/tasks/work_pool.hpp"
#include "shoal/tasks/worker.hpp"

namespace shoal::tasks {

struct LocalQueueHooks {
  std::function<double()> clock;         // seconds, the same clock as `now` of the state machines
  std::function<double()> thread_cpu;    // CPU seconds of the calling thread; may be empty: 0
  std::function<void()> wake;            // wakes the main thread; called by worker threads, no lock held; may be empty
  std::function<void(int thread)> thread_started;  // on each worker thread before its first task; may be empty
};

class ThreadTeam;

class LocalQueue {
 public:
  // All references outlive the object. `n_threads`: a multiple of policy.threads_per_task; threads are divided into teams in
  // the order of their numbers, and the first of each takes slices for all.
  LocalQueue(const Job&, int rank, int n_threads, const Policy&, BlobStore&, LocalQueueHooks);
  ~LocalQueue();

  // The life of worker thread `thread`: makes its workspace (if it is the first of its team), runs slices until close().
  void work(int thread) noexcept;

  // Main thread: carries out clear_queue, request_stop and start (moves `start` out); sends and hang stay with the driver.
  void carry_out(WorkerActions&);

  // Main thread: what was done since the last call, and how the rank stands.
  LocalReport report();

  // True if report() has something new that deserves attention now (a thread ran dry, little work waits, a full batch,
  // an error). Cheap: one atomic load.
  bool news() const { return news_.load(std::memory_order_acquire); }

  // Worker::wake_below(), told after each event.
  void set_wake_below(std::int64_t tasks) { wake_below_.store(tasks, std::memory_order_relaxed); }

  void close();            // threads leave work() after their present slice
  void request_stop();     // running tasks see their stop token

 private:
  ThreadTeam& team_of(int thread) { return *teams_[static_cast<std::size_t>(thread / policy_.threads_per_task)]; }
  void lead(int thread);
  void run_one(int thread, const WorkItem&, Workspace*, const std::optional<TaskError>& broken,
               std::unique_lock<std::mutex>&);
  bool notice(bool dry);   // with the mutex held: is there news?

  const Job& job_;
  BlobStore& blobs_;
  Policy policy_;
  LocalQueueHooks hooks_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::vector<std::unique_ptr<ThreadTeam>> teams_;
  WorkPool pool_;
  StopToken stop_;
  bool closed_ = false;
  bool low_told_ = false;  // the main thread knows that little work waits
  std::atomic<bool> news_{false};
  std::atomic<std::int64_t> wake_below_{0};
};

}  // namespace shoal::tasks
