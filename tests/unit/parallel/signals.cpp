// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/signals.hpp"

#include <signal.h>

#include <chrono>

#include "catch.hpp"
#include "shoal/parallel/waker.hpp"

namespace shoal::parallel {
namespace {

using namespace std::chrono_literals;
const SignalRule::Clock::time_point kStart = SignalRule::Clock::time_point{} + 1h;

TEST_CASE("USR1 lets running tasks finish; a second one within 10 s stops now", "[unit]") {
  SignalRule rule(false);
  rule.update({}, kStart);
  CHECK(rule.stop() == StopWish::none);
  rule.update({.usr1 = 1}, kStart);
  CHECK(rule.stop() == StopWish::finish_running);
  rule.update({.usr1 = 1}, kStart + 5s);
  CHECK(rule.stop() == StopWish::finish_running);
  rule.update({.usr1 = 2}, kStart + 10s);
  CHECK(rule.stop() == StopWish::now);
}

TEST_CASE("a second USR1 after more than 10 s changes nothing", "[unit]") {
  SignalRule rule(false);
  rule.update({.usr1 = 1}, kStart);
  rule.update({.usr1 = 2}, kStart + 11s);
  CHECK(rule.stop() == StopWish::finish_running);
  rule.update({.usr1 = 3}, kStart + 12s);
  CHECK(rule.stop() == StopWish::now);
}

TEST_CASE("two USR1 between two looks count as two", "[unit]") {
  SignalRule rule(false);
  rule.update({.usr1 = 2}, kStart);
  CHECK(rule.stop() == StopWish::now);
}

TEST_CASE("INT and TERM stop now under a launcher, else let running tasks finish first", "[unit]") {
  SignalRule with_kill(true);
  with_kill.update({.interrupts = 1}, kStart);
  CHECK(with_kill.stop() == StopWish::now);
  SignalRule alone(false);
  alone.update({.interrupts = 1}, kStart);
  CHECK(alone.stop() == StopWish::finish_running);
  alone.update({.interrupts = 2}, kStart + 60s);
  CHECK(alone.stop() == StopWish::now);
}

TEST_CASE("the wish to stop never weakens", "[unit]") {
  SignalRule rule(true);
  rule.update({.interrupts = 1}, kStart);
  rule.update({.usr1 = 1, .interrupts = 1}, kStart + 1s);
  CHECK(rule.stop() == StopWish::now);
}

TEST_CASE("USR2 asks for one snapshot and for nothing else", "[unit]") {
  SignalRule rule(false);
  rule.update({.usr2 = 2}, kStart);
  CHECK(rule.stop() == StopWish::none);
  CHECK(rule.take_snapshot_wish());
  CHECK_FALSE(rule.take_snapshot_wish());
  rule.update({.usr2 = 3}, kStart);
  CHECK(rule.take_snapshot_wish());
}

TEST_CASE("real signals are counted, wake the sleeper, and former handlers come back", "[unit]") {
  signal(SIGUSR1, SIG_IGN);
  {
    Waker waker;
    SignalWatch watch(waker, false);
    CHECK(watch.stop() == StopWish::none);
    raise(SIGUSR2);
    CHECK(waker.sleep(10s));
    CHECK(watch.take_snapshot_wish());
    CHECK(watch.name().empty());
    raise(SIGUSR1);
    CHECK(waker.sleep(10s));
    CHECK(watch.stop() == StopWish::finish_running);
    CHECK(watch.name() == "USR1");
    raise(SIGTERM);
    CHECK(watch.stop() == StopWish::finish_running);
    raise(SIGINT);
    CHECK(watch.stop() == StopWish::now);
    CHECK(watch.name() == "USR1");
  }
  CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
}

}  // namespace
}  // namespace shoal::parallel
