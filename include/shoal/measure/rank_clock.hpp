// SPDX-License-Identifier: Apache-2.0
// The time model of a rank: each of its worker threads is always in exactly one state, so the states' times sum to
// threads x wall by construction (kept in whole nanoseconds: no rounding). The main thread, which communicates, has none.
//
//   useful        inside a task                         wait_task     its rank has no task for it
//   serial        part of a task that cannot use        wait_horizon  tasks exist but may not start before others are done
//                 its team                              wait_team     for the other threads of its team
//                                                       io            reading or writing files
//
// Jointly the threads of a rank are in one of three phases, which parallel efficiency models call MPI, serial and OpenMP:
//   outside   all wait for tasks or the horizon         serial        one is in state serial, no other useful
//   parallel  everything else; a maximal interval of it is a region
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace shoal::measure {

enum class ThreadState : std::uint8_t { useful, serial, wait_task, wait_horizon, wait_team, io };
inline constexpr std::size_t kThreadStates = 6;

// "useful", "serial", "wait_task", "wait_horizon", "wait_team", "io".
std::string_view state_name(ThreadState state);

using Nanoseconds = std::int64_t;
inline double in_seconds(Nanoseconds time) { return 1e-9 * static_cast<double>(time); }

// What one thread has spent in each state.
struct ThreadTimes {
  std::array<Nanoseconds, kThreadStates> in_state{};
  Nanoseconds tail = 0;  // the part of wait_task after its last piece of work
  Nanoseconds of(ThreadState state) const { return in_state[static_cast<std::size_t>(state)]; }
  Nanoseconds total() const;
};

struct RankTimes {
  std::vector<ThreadTimes> threads;
  Nanoseconds outside = 0;    // wall time of each phase; their sum is the wall time
  Nanoseconds serial = 0;
  Nanoseconds parallel = 0;
  Nanoseconds imbalance = 0;  // sum over regions and threads of (largest - own) time in useful and serial of the region
  Nanoseconds wall() const { return outside + serial + parallel; }
};

// As plain numbers, to be sent, and back. Throws std::invalid_argument for a number of numbers that cannot be.
std::vector<std::int64_t> to_numbers(const RankTimes& times);
RankTimes rank_times_from(std::span<const std::int64_t> numbers);

// Thread-safe. Times are seconds on one clock for all threads; one that comes late counts as the latest that was seen.
class RankClock {
 public:
  explicit RankClock(int n_threads);

  // Begins: all threads wait for a task.
  void start(double now);

  // Thread `thread` goes over to `state`, which may be the one it is in; returns the one it was in. wait_task stands for
  // both kinds of waiting until settle_waits() tells which it was.
  ThreadState enter(int thread, ThreadState state, double now);

  // Why threads that now wait for a task have waited so far: for the horizon until `horizon_until`, afterwards because
  // there was nothing left for them. What was not settled counts as wait_task.
  void settle_waits(double now, double horizon_until);

  // Up to `now`.
  RankTimes times(double now) const;

 private:
  enum class Phase : std::uint8_t { outside, serial, parallel };
  struct Thread {
    ThreadTimes times;
    ThreadState state = ThreadState::wait_task;
    Nanoseconds since = 0;
    Nanoseconds active_before = 0;  // active() when the present region began
  };

  void advance(double now);
  void leave_state(Thread& thread) const;
  Nanoseconds active(const Thread& thread) const;  // in useful and serial until now
  Phase phase() const;
  void change_phase();
  Nanoseconds region_imbalance() const;

  mutable std::mutex mutex_;
  std::vector<Thread> threads_;
  std::array<int, kThreadStates> n_in_{};  // threads by state
  Phase phase_ = Phase::outside;
  std::array<Nanoseconds, 3> in_phase_{};
  Nanoseconds imbalance_ = 0;
  Nanoseconds now_ = 0;
};

}  // namespace shoal::measure
