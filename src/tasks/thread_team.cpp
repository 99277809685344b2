// SPDX-License-Identifier: Apache-2.0
#include "tasks/thread_team.hpp"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include <utility>

#include "shoal/measure/in_state.hpp"

namespace shoal::tasks {
namespace {

// Loads before a thread sleeps: some 100 microseconds where a pause takes 140 clocks (x86 since 2015). Waking it would cost 50, and what the leader does alone between two parts of
// a task rarely takes longer.
constexpr int kSpins = 2000;

// Returns when `word` is no longer `old`.
template <class T>
void wait_while(const std::atomic<T>& word, T old) {
  for (int i = 0; i < kSpins; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    _mm_pause();
#endif
  }
  word.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int size, std::function<double()> clock)
    : size_(size), clock_(std::move(clock)), thrown_(static_cast<std::size_t>(size)) {}

void ThreadTeam::enter(measure::ThreadState state) { measure::enter_state(state, clock_()); }

void ThreadTeam::wait_for_all() {
  for (std::int32_t left = left_.load(std::memory_order_acquire); left != 0; left = left_.load(std::memory_order_acquire))
    wait_while(left_, left);
}

void ThreadTeam::give(Order order) {
  if (size_ == 1) return;
  wait_for_all();
  order_ = order;
  left_.store(size_ - 1, std::memory_order_relaxed);
  number_.fetch_add(1, std::memory_order_release);
  number_.notify_all();
}

void ThreadTeam::begin_task() { give(Order::begin); }
void ThreadTeam::end_task() { give(Order::end); }
void ThreadTeam::close() { give(Order::close); }

void ThreadTeam::serve(int member) noexcept {
  for (std::uint32_t done = 0;; ++done) {
    wait_while(number_, done);
    const Order order = order_;
    if (order == Order::run) take_part(member);
    else enter(order == Order::begin ? measure::ThreadState::wait_team : measure::ThreadState::wait_task);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
    if (order == Order::close) return;
  }
}

void ThreadTeam::take_part(int member) noexcept {
  enter(measure::ThreadState::useful);
  try {
    (*body_)(member);
  } catch (...) {
    thrown_[static_cast<std::size_t>(member)] = std::current_exception();
  }
  enter(measure::ThreadState::wait_team);
}

void ThreadTeam::run(const std::function<void(int)>& body) {
  if (size_ == 1) return body(0);
  wait_for_all();
  body_ = &body;
  for (std::exception_ptr& thrown : thrown_) thrown = nullptr;
  give(Order::run);
  take_part(0);
  wait_for_all();
  enter(measure::ThreadState::serial);
  for (const std::exception_ptr& thrown : thrown_)
    if (thrown) std::rethrow_exception(thrown);
}

// The last to arrive opens it for all.
void ThreadTeam::barrier() {
  if (size_ == 1) return;
  const std::uint32_t now = passed_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    passed_.fetch_add(1, std::memory_order_release);
    passed_.notify_all();
    return;
  }
  enter(measure::ThreadState::wait_team);
  wait_while(passed_, now);
  enter(measure::ThreadState::useful);
}

}  // namespace shoal::tasks
