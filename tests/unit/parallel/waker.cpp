// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/waker.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "catch.hpp"

namespace shoal::parallel {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST_CASE("a sleep ends at its limit if nobody wakes", "[unit]") {
  Waker waker;
  const auto start = Clock::now();
  CHECK_FALSE(waker.sleep(20ms));
  CHECK(Clock::now() - start >= 20ms);
  CHECK_FALSE(waker.sleep(0ns));
}

TEST_CASE("a wake before the sleep is not lost, and several count as one", "[unit]") {
  Waker waker;
  waker.wake();
  waker.wake();
  CHECK(waker.sleep(10s));
  CHECK_FALSE(waker.sleep(1ms));
}

TEST_CASE("a sleeper is woken by another thread", "[unit]") {
  Waker waker;
  std::thread other([&] {
    std::this_thread::sleep_for(10ms);
    waker.wake();
  });
  CHECK(waker.sleep(600s));
  other.join();
}

TEST_CASE("no wake is lost and none is left over when sleeps end just as wakes come", "[unit]") {
  Waker waker;
  std::atomic<int> posted{0};
  std::atomic<int> seen{0};
  constexpr int kRounds = 3000;
  std::thread other([&] {
    for (int i = 1; i <= kRounds; ++i) {
      posted = i;
      waker.wake();
      while (seen < i) std::this_thread::yield();
    }
  });
  while (seen < kRounds) {
    waker.sleep(seen % 2 == 0 ? 10s : 1us);
    seen = posted.load();
  }
  other.join();
  while (waker.sleep(0ns)) {
  }
  const auto start = Clock::now();
  waker.sleep(5ms);  // an eventfd left readable would end every later sleep at once
  CHECK(Clock::now() - start >= 5ms);
}

TEST_CASE("the poll interval grows from nothing to 5 ms while there is no traffic", "[unit]") {
  PollBackoff backoff;
  const auto start = Clock::now();
  backoff.traffic(start);
  CHECK(backoff.interval(start) == 0us);
  CHECK(backoff.interval(start + 20us) == 5us);
  CHECK(backoff.interval(start + 200us) == 50us);
  CHECK(backoff.interval(start + 2ms) == 500us);
  CHECK(backoff.interval(start + 49ms) == 500us);
  CHECK(backoff.interval(start + 50ms) == 5ms);
  CHECK(backoff.interval(start + 1h) == 5ms);
  backoff.traffic(start + 1h);
  CHECK(backoff.interval(start + 1h) == 0us);
}

}  // namespace
}  // namespace shoal::parallel
