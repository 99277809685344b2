// SPDX-License-Identifier: Apache-2.0
// One rank of a run: its Worker, its threads, and the main thread's loop. Rank 0 has a Root beside it.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "run/driver.hpp"
#include "run/driver_courier.hpp"
#include "run/driver_root.hpp"
#include "shoal/measure/rank_clock.hpp"
#include "shoal/parallel/signals.hpp"
#include "shoal/parallel/waker.hpp"
#include "shoal/tasks/local_queue.hpp"
#include "shoal/tasks/worker.hpp"

namespace shoal::run {

class RankLoop {
 public:
  // `threads_of_rank` and `hooks` count on rank 0 only. All references outlive the object.
  RankLoop(tasks::Job& job, parallel::Comm& comm, const tasks::Policy& policy, const DriveOptions& options,
           DriveHooks hooks, tasks::BlobStore& blobs, std::vector<int> threads_of_rank);

  // The parallel region, from the first message to the agreed exit code.
  DriveResult run();

 private:
  double now() const;
  void main_thread();
  void work(int thread);

  void serve();                      // until the run has ended
  void step();
  void receive_messages();
  void dispatch(Delivery delivery);
  void route(int from, tasks::Message message);
  void look_at_threads();
  void look_at_signals();
  void carry_out();                  // the Worker's actions
  void deliver();                    // what is waiting in out_
  void pause();
  bool ended() const;

  bool hold_bye(const tasks::Send& send);  // while threads may still obey their stop token
  void release_bye();
  void say_bye();                    // usage, before the good-bye
  void tell_exit();                  // rank 0: the one exit code, to everybody
  void end_badly(const std::exception_ptr& thrown);
  void wait_for_exit(ExitCode own);  // of a rank whose main loop has failed
  void wind_up();                    // ends the threads, or leaves the process
  RankUsage usage() const;

  parallel::Comm& comm_;
  Courier courier_;
  tasks::Policy policy_;
  DriveOptions options_;
  parallel::Waker waker_;
  measure::RankClock states_;        // of the worker threads
  std::function<double()> clock_ = [this] { return now(); };
  tasks::Worker worker_;
  tasks::LocalQueue queue_;
  std::unique_ptr<Root> root_;
  std::unique_ptr<parallel::SignalWatch> signals_;

  SteadyClock::time_point start_ = SteadyClock::now();
  double process_cpu_start_ = 0;
  double main_cpu_start_ = 0;
  std::atomic<int> threads_alive_{0};
  parallel::PollBackoff backoff_;
  parallel::StopWish stop_ = parallel::StopWish::none;
  tasks::WorkerActions actions_;
  Sends out_;
  double look_again_ = 0;            // when the threads' results are to be fetched at the latest
  bool closed_ = false;
  double token_time_ = -1;           // when running tasks were asked to stop; -1: not yet
  std::optional<tasks::Send> held_bye_;
  DriveResult result_;
};

}  // namespace shoal::run
