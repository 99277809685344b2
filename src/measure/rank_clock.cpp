// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/rank_clock.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace shoal::measure {
namespace {

// Infinite times mean "ever" or "never"; a hundred years either way leave room for differences.
Nanoseconds to_nanoseconds(double seconds) {
  constexpr double kLongest = 3.2e9;
  return static_cast<Nanoseconds>(std::llround(1e9 * std::clamp(seconds, -kLongest, kLongest)));
}

std::size_t index(ThreadState state) { return static_cast<std::size_t>(state); }

}  // namespace

std::string_view state_name(ThreadState state) {
  static constexpr std::string_view kNames[] = {"useful", "serial", "wait_task", "wait_horizon", "wait_team", "io"};
  return kNames[index(state)];
}

Nanoseconds ThreadTimes::total() const { return std::accumulate(in_state.begin(), in_state.end(), Nanoseconds{0}); }

std::vector<std::int64_t> to_numbers(const RankTimes& times) {
  std::vector<std::int64_t> numbers = {times.outside, times.serial, times.parallel, times.imbalance};
  for (const ThreadTimes& thread : times.threads) {
    numbers.insert(numbers.end(), thread.in_state.begin(), thread.in_state.end());
    numbers.push_back(thread.tail);
  }
  return numbers;
}

RankTimes rank_times_from(std::span<const std::int64_t> numbers) {
  constexpr std::size_t kOfRank = 4;
  constexpr std::size_t kOfThread = kThreadStates + 1;
  if (numbers.size() < kOfRank || (numbers.size() - kOfRank) % kOfThread != 0)
    throw std::invalid_argument("times of a rank: cut short");
  RankTimes times;
  times.outside = numbers[0];
  times.serial = numbers[1];
  times.parallel = numbers[2];
  times.imbalance = numbers[3];
  for (auto rest = numbers.subspan(kOfRank); !rest.empty(); rest = rest.subspan(kOfThread)) {
    ThreadTimes& thread = times.threads.emplace_back();
    std::copy_n(rest.begin(), kThreadStates, thread.in_state.begin());
    thread.tail = rest[kThreadStates];
  }
  return times;
}

RankClock::RankClock(int n_threads) : threads_(static_cast<std::size_t>(std::max(n_threads, 0))) {
  n_in_[index(ThreadState::wait_task)] = static_cast<int>(threads_.size());
}

void RankClock::start(double now) {
  const std::lock_guard lock(mutex_);
  now_ = to_nanoseconds(now);
  for (Thread& thread : threads_) thread.since = now_;
}

void RankClock::advance(double now) {
  const Nanoseconds later = std::max(now_, to_nanoseconds(now));
  in_phase_[static_cast<std::size_t>(phase_)] += later - now_;
  now_ = later;
}

// Books the time since the thread's last change. Waiting counts as tail until work follows.
void RankClock::leave_state(Thread& thread) const {
  const Nanoseconds spent = now_ - thread.since;
  thread.times.in_state[index(thread.state)] += spent;
  if (thread.state == ThreadState::wait_task) thread.times.tail += spent;
  else if (spent > 0) thread.times.tail = 0;
  thread.since = now_;
}

ThreadState RankClock::enter(int which, ThreadState state, double now) {
  const std::lock_guard lock(mutex_);
  advance(now);
  Thread& thread = threads_[static_cast<std::size_t>(which)];
  const ThreadState before = thread.state;
  leave_state(thread);
  --n_in_[index(before)];
  ++n_in_[index(state)];
  thread.state = state;
  change_phase();
  return before;
}

RankClock::Phase RankClock::phase() const {
  const int serial = n_in_[index(ThreadState::serial)];
  const int active = serial + n_in_[index(ThreadState::useful)];
  const int other = n_in_[index(ThreadState::wait_team)] + n_in_[index(ThreadState::io)];
  if (active == 0 && other == 0) return Phase::outside;
  return active == 1 && serial == 1 ? Phase::serial : Phase::parallel;
}

void RankClock::change_phase() {
  const Phase next = phase();
  if (next == phase_) return;
  if (phase_ == Phase::parallel) imbalance_ += region_imbalance();
  phase_ = next;
  if (phase_ != Phase::parallel) return;
  for (Thread& thread : threads_) thread.active_before = active(thread);
}

Nanoseconds RankClock::active(const Thread& thread) const {
  const bool is_active = thread.state == ThreadState::useful || thread.state == ThreadState::serial;
  return thread.times.of(ThreadState::useful) + thread.times.of(ThreadState::serial) + (is_active ? now_ - thread.since : 0);
}

// Of the region that has lasted until now.
Nanoseconds RankClock::region_imbalance() const {
  Nanoseconds most = 0;
  Nanoseconds sum = 0;
  for (const Thread& thread : threads_) {
    const Nanoseconds here = active(thread) - thread.active_before;
    most = std::max(most, here);
    sum += here;
  }
  return most * static_cast<Nanoseconds>(threads_.size()) - sum;
}

void RankClock::settle_waits(double now, double horizon_until) {
  const std::lock_guard lock(mutex_);
  advance(now);
  const Nanoseconds until = to_nanoseconds(horizon_until);
  for (Thread& thread : threads_) {
    if (thread.state != ThreadState::wait_task) continue;
    const Nanoseconds horizon = std::clamp<Nanoseconds>(until - thread.since, 0, now_ - thread.since);
    thread.times.in_state[index(ThreadState::wait_horizon)] += horizon;
    if (horizon > 0) thread.times.tail = 0;
    thread.since += horizon;
    leave_state(thread);
  }
}

RankTimes RankClock::times(double now) const {
  const std::lock_guard lock(mutex_);
  RankClock copy(0);
  copy.threads_ = threads_;
  copy.phase_ = phase_;
  copy.in_phase_ = in_phase_;
  copy.now_ = now_;
  copy.advance(now);
  RankTimes result;
  result.imbalance = imbalance_ + (phase_ == Phase::parallel ? copy.region_imbalance() : 0);
  for (Thread& thread : copy.threads_) {
    copy.leave_state(thread);
    result.threads.push_back(thread.times);
  }
  result.outside = copy.in_phase_[0];
  result.serial = copy.in_phase_[1];
  result.parallel = copy.in_phase_[2];
  return result;
}

}  // namespace shoal::measure
