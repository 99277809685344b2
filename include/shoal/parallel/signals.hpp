// SPDX-License-Identifier: Apache-2.0
// What the user or the batch system asks for by signals.
//
//   USR1       stop: finish running tasks (bounded), exit 75; a second one within 10 s: stop now
//   USR2       write a snapshot and go on
//   INT, TERM  as USR1 where nobody is waiting with a KILL (a second one: stop now); under a launcher or in a Slurm job
//              stop now, since about 1 s is left under mpirun
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace shoal::parallel {

class Waker;

enum class StopWish { none = 0, finish_running = 1, now = 2 };

// Counts of signals that have arrived, as the handlers leave them; a rule of its own so that it can be tested.
struct SignalCounts {
  std::uint32_t usr1 = 0;
  std::uint32_t usr2 = 0;
  std::uint32_t interrupts = 0;  // INT and TERM
};

class SignalRule {
 public:
  using Clock = std::chrono::steady_clock;
  explicit SignalRule(bool kill_follows) : kill_follows_(kill_follows) {}

  // Takes the counts at this moment. The wish never weakens.
  void update(const SignalCounts& counts, Clock::time_point now);
  StopWish stop() const { return stop_; }
  // True once for every USR2 (several at once count as one).
  bool take_snapshot_wish();

 private:
  bool kill_follows_;
  SignalCounts seen_;
  Clock::time_point last_usr1_{};
  bool usr1_before_ = false;
  StopWish stop_ = StopWish::none;
  bool snapshot_ = false;
};

// Installs the handlers for its life and restores the former ones. At most one at a time. The handlers only count and
// wake `waker`.
class SignalWatch {
 public:
  SignalWatch(Waker& waker, bool kill_follows);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  StopWish stop();
  bool take_snapshot_wish();
  // Of the first signal that asked to stop: "USR1", "INT" or "TERM"; empty if there was none.
  std::string_view name() const;

 private:
  SignalRule rule_;
};

// Blocks all signals in the calling thread, for threads that must not run handlers.
void block_all_signals();

}  // namespace shoal::parallel
