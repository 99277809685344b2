// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/signals.hpp"

#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <algorithm>
#include <cassert>
#include <utility>

#include "shoal/parallel/waker.hpp"

namespace shoal::parallel {

namespace {

constexpr std::array kWatched{SIGUSR1, SIGUSR2, SIGINT, SIGTERM};

// What handlers may touch: lock-free atomics and the eventfd behind the waker.
std::atomic<std::uint32_t> usr1_count{0};
std::atomic<std::uint32_t> usr2_count{0};
std::atomic<std::uint32_t> interrupt_count{0};
std::atomic<int> first_stop{0};
std::atomic<Waker*> woken{nullptr};
std::array<struct sigaction, kWatched.size()> former;

extern "C" void shoal_count_signal(int signal) {
  auto& count = signal == SIGUSR1 ? usr1_count : signal == SIGUSR2 ? usr2_count : interrupt_count;
  count.fetch_add(1);
  int none = 0;
  if (signal != SIGUSR2) first_stop.compare_exchange_strong(none, signal);
  if (Waker* waker = woken.load()) waker->wake();
}

SignalCounts current_counts() { return {usr1_count.load(), usr2_count.load(), interrupt_count.load()}; }

}  // namespace

void SignalRule::update(const SignalCounts& counts, Clock::time_point now) {
  using namespace std::chrono_literals;
  StopWish wish = StopWish::none;
  if (const auto fresh = counts.usr1 - seen_.usr1; fresh > 0) {
    const bool second = fresh > 1 || (usr1_before_ && now - last_usr1_ <= 10s);
    wish = second ? StopWish::now : StopWish::finish_running;
    usr1_before_ = true;
    last_usr1_ = now;
  }
  if (const auto fresh = counts.interrupts - seen_.interrupts; fresh > 0) {
    const bool now_wanted = kill_follows_ || fresh > 1 || seen_.interrupts > 0;
    wish = now_wanted ? StopWish::now : std::max(wish, StopWish::finish_running);
  }
  if (counts.usr2 != seen_.usr2) snapshot_ = true;
  seen_ = counts;
  stop_ = std::max(stop_, wish);
}

bool SignalRule::take_snapshot_wish() { return std::exchange(snapshot_, false); }

SignalWatch::SignalWatch(Waker& waker, bool kill_follows) : rule_(kill_follows) {
  assert(woken.load() == nullptr);
  usr1_count = usr2_count = interrupt_count = 0;
  first_stop = 0;
  woken.store(&waker);
  struct sigaction action {};
  action.sa_handler = shoal_count_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kWatched.size(); ++i) sigaction(kWatched[i], &action, &former[i]);
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < kWatched.size(); ++i) sigaction(kWatched[i], &former[i], nullptr);
  woken.store(nullptr);
}

StopWish SignalWatch::stop() {
  rule_.update(current_counts(), SignalRule::Clock::now());
  return rule_.stop();
}

bool SignalWatch::take_snapshot_wish() {
  rule_.update(current_counts(), SignalRule::Clock::now());
  return rule_.take_snapshot_wish();
}

std::string_view SignalWatch::name() const {
  switch (first_stop.load()) {
    case SIGUSR1: return "USR1";
    case SIGINT: return "INT";
    case SIGTERM: return "TERM";
    default: return "";
  }
}

void block_all_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace shoal::parallel
