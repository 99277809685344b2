// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/rank_clock.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "shoal/measure/in_state.hpp"

using namespace shoal::measure;
using enum shoal::measure::ThreadState;

namespace {

double seconds(const RankTimes& times, std::size_t thread, ThreadState state) {
  return in_seconds(times.threads.at(thread).of(state));
}

constexpr double kNever = -std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("The states of every thread and the phases of the rank sum to the wall time, to the nanosecond", "[unit]") {
  std::mt19937 random(7);
  for (const int n_threads : {1, 2, 5}) {
    RankClock clock(n_threads);
    double now = 1.25;
    clock.start(now);
    for (int event = 0; event < 20000; ++event) {
      now += 1e-9 * static_cast<double>(random() % 1000);
      const double read = now - (random() % 4 == 0 ? 3e-7 : 0);  // clocks read before others took their turn
      if (random() % 5 == 0) clock.settle_waits(read, now - 1e-6);
      else clock.enter(static_cast<int>(random() % static_cast<unsigned>(n_threads)), static_cast<ThreadState>(random() % 6), read);
      if (event % 1000 != 0) continue;
      const RankTimes times = clock.times(now);
      const Nanoseconds wall = std::llround(1e9 * now) - 1'250'000'000;
      CHECK(times.wall() == wall);
      for (const ThreadTimes& thread : times.threads) CHECK(thread.total() == wall);
    }
  }
}

TEST_CASE("A rank that only waits has no useful time", "[unit]") {
  RankClock clock(2);
  clock.start(0);
  clock.settle_waits(4, 4);
  const RankTimes times = clock.times(10);
  CHECK(seconds(times, 0, useful) == Approx(0));
  CHECK(seconds(times, 0, wait_horizon) == Approx(4));
  CHECK(seconds(times, 0, wait_task) == Approx(6));
  CHECK(in_seconds(times.threads[1].tail) == Approx(6));
  CHECK(in_seconds(times.outside) == Approx(10));
}

TEST_CASE("Waiting is settled when it ends: for the horizon, for a task, or at the end of everything", "[unit]") {
  RankClock clock(2);
  clock.start(0);
  clock.settle_waits(1, kNever);  // the first tasks come
  clock.enter(0, useful, 1);
  clock.enter(1, useful, 1);
  clock.enter(0, wait_task, 3);
  clock.enter(1, wait_task, 5);
  clock.enter(1, useful, 6);      // the rank's own queue had another
  clock.settle_waits(7, 7);       // a task that could not start before: thread 0 has waited since 3
  clock.enter(0, useful, 7);
  clock.enter(0, wait_task, 8);
  clock.enter(1, wait_task, 9);
  clock.settle_waits(12, 10);     // the end; others waited for the horizon until 10
  const RankTimes times = clock.times(12);
  CHECK(seconds(times, 0, wait_horizon) == Approx(4 + 2));
  CHECK(seconds(times, 0, wait_task) == Approx(1 + 2));
  CHECK(in_seconds(times.threads[0].tail) == Approx(2));
  CHECK(seconds(times, 1, wait_horizon) == Approx(1));
  CHECK(seconds(times, 1, wait_task) == Approx(1 + 1 + 2));
  CHECK(in_seconds(times.threads[1].tail) == Approx(2));
}

TEST_CASE("Phases and imbalance follow from what the threads do together", "[unit]") {
  RankClock clock(2);  // process 0 of trace A: MPI 20, serial 10, a region of 70 with useful times 70 and 50
  clock.start(0);
  clock.enter(0, serial, 20);
  clock.enter(1, wait_team, 20);
  clock.enter(0, useful, 30);
  clock.enter(1, useful, 30);
  clock.enter(1, wait_team, 80);
  const RankTimes times = clock.times(100);
  CHECK(in_seconds(times.outside) == Approx(20));
  CHECK(in_seconds(times.serial) == Approx(10));
  CHECK(in_seconds(times.parallel) == Approx(70));
  CHECK(in_seconds(times.imbalance) == Approx(20));
  CHECK(seconds(times, 1, wait_team) == Approx(30));
  clock.enter(0, wait_task, 100);  // the region goes on: thread 1 still waits for its team
  clock.enter(1, wait_task, 110);
  clock.enter(0, io, 120);         // a region without useful time
  const RankTimes later = clock.times(130);
  CHECK(in_seconds(later.outside) == Approx(30));
  CHECK(in_seconds(later.parallel) == Approx(90));
  CHECK(in_seconds(later.imbalance) == Approx(20));
}

TEST_CASE("Code says what its thread does; without a seat nothing happens", "[unit]") {
  double now = 0;
  const std::function<double()> read = [&] { return now; };
  RankClock clock(1);
  clock.start(0);
  { const InState nobody(io); }
  {
    const ThreadSeat seat(clock, 0, read);
    now = 1;
    enter_state(useful, now);
    {
      now = 2;
      const InState reading(io);
      now = 5;
      {
        const InState waiting(wait_team);
        now = 6;
      }
    }
    now = 9;
    enter_state(wait_task, now);
  }
  const InState nobody(io);
  const RankTimes times = clock.times(10);
  CHECK(seconds(times, 0, useful) == Approx(4));
  CHECK(seconds(times, 0, io) == Approx(3));
  CHECK(seconds(times, 0, wait_team) == Approx(1));
  CHECK(seconds(times, 0, wait_task) == Approx(2));
}

TEST_CASE("The times of a rank travel as numbers", "[unit]") {
  RankClock clock(3);
  clock.start(0);
  clock.enter(1, useful, 1);
  clock.enter(2, serial, 2);
  const std::vector<std::int64_t> numbers = to_numbers(clock.times(5));
  CHECK(to_numbers(rank_times_from(numbers)) == numbers);
  CHECK(rank_times_from(numbers).threads.size() == 3);
  CHECK_THROWS_AS(rank_times_from(std::span(numbers).first(10)), std::invalid_argument);
}

TEST_CASE("States have names", "[unit]") {
  CHECK(state_name(useful) == "useful");
  CHECK(state_name(io) == "io");
}
