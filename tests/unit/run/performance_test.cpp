// SPDX-License-Identifier: Apache-2.0
#include "run/performance.hpp"

#include "catch.hpp"
#include "run/advice.hpp"

using namespace shoal;
using measure::ThreadState;

namespace {

tasks::ChunkLog slice(int rank, int thread, double start, double end, std::int64_t count = 1) {
  tasks::ChunkLog log;
  log.rank = rank;
  log.thread = thread;
  log.start = start;
  log.end = end;
  log.count = count;
  log.cpu = end - start;
  return log;
}

run::RankUsage usage_of(int rank, const measure::RankTimes& states) {
  run::RankUsage usage;
  usage.rank = rank;
  usage.threads = static_cast<int>(states.threads.size());
  usage.wall_seconds = measure::in_seconds(states.wall());
  usage.process_cpu_seconds = 1;
  usage.states = states;
  return usage;
}

// Rank 0 of two threads, useful 6 and 4 of 10 s; reports until 9.
measure::RankTimes two_threads() {
  measure::RankClock clock(2);
  clock.start(0);
  clock.enter(0, ThreadState::useful, 1);
  clock.enter(1, ThreadState::useful, 1);
  clock.enter(1, ThreadState::io, 5);
  clock.enter(1, ThreadState::wait_task, 6);
  clock.enter(0, ThreadState::wait_task, 7);
  clock.settle_waits(8, 6.5);
  return clock.times(9);
}

double states_sum(const run::Performance& p) {
  double sum = 0;
  for (std::size_t s = 0; s < measure::kThreadStates; ++s) sum += p.in_state(static_cast<ThreadState>(s));
  return sum;
}

run::Performance eight_workers() {
  run::Performance p;
  p.wall_seconds = 10;
  p.trace.wall = 10;
  p.n_tasks = 40;
  p.mean_task_seconds = p.longest_task_seconds = 1;
  for (int t = 0; t < 8; ++t) {
    run::WorkerFigures worker;
    worker.thread = t;
    worker.in_state = {5, 0, 5, 0, 0, 0};
    worker.tail = 5;
    worker.cpu = 5;
    p.workers.push_back(worker);
  }
  p.trace.processes.push_back({5, 0, 5, std::vector<double>(8, 5.0), 0, 0});
  return p;
}

}  // namespace

TEST_CASE("States that ranks report sum to workers x wall, and idle causes to what is not useful", "[unit]") {
  run::PerformanceLog log({2, 1});
  log.chunk(slice(0, 0, 1, 7, 3));
  log.chunk(slice(0, 1, 1, 5, 2));
  measure::RankClock idle_rank(1);
  idle_rank.start(0);
  const run::Performance p = log.figures(10, {usage_of(0, two_threads()), usage_of(1, idle_rank.times(9.5))});
  CHECK(p.n_workers() == 3);
  CHECK(states_sum(p) == Approx(30));
  CHECK(p.useful_seconds() == Approx(10));
  CHECK(p.parallel_efficiency() == Approx(1.0 / 3));
  CHECK(p.load_balance() == Approx(10.0 / 3 / 6));
  CHECK(p.reported_share == Approx((9 + 9 + 9.5) / 30));
  CHECK(p.workers[2].useful() == 0);  // a rank that only waits
  CHECK(p.trace.processes[1].mpi == Approx(10));
  const run::IdleCauses idle = p.idle();
  CHECK(idle.horizon == Approx(0.5));
  CHECK(idle.io == Approx(1));
  CHECK(idle.tail == Approx(3 + 3.5 + 10));
  CHECK(idle.handing_out == Approx(1 + 1));
  CHECK(idle.total() + p.useful_seconds() == Approx(30));
  CHECK(p.identity_error < 1e-12);
  CHECK(p.trace.processes[0].imbalance == Approx(2));
  CHECK(p.cpu_over_wall() == Approx(1 / 9.5));
}

TEST_CASE("Without reports the log tells the useful time", "[unit]") {
  run::PerformanceLog log({2, 1});
  log.chunk(slice(0, 0, 1, 4));
  log.chunk(slice(0, 0, 5, 9));
  log.chunk(slice(0, 1, 0, 2));
  const run::Performance p = log.figures(10);
  CHECK(p.useful_seconds() == Approx(9));
  CHECK(states_sum(p) == Approx(30));
  CHECK(p.idle().tail == Approx(1 + 8 + 10));
  CHECK(p.idle().handing_out == Approx(2));
  CHECK(p.reported_share == 0);
  CHECK(p.load_balance() == Approx(3.0 / 7.0));
  CHECK(p.identity_error < 1e-12);
  CHECK(run::PerformanceLog({1}).figures(0).parallel_efficiency() == 1);
}

TEST_CASE("Reports that do not fit the run are not used", "[unit]") {
  run::PerformanceLog log({1});
  CHECK(log.figures(10, {usage_of(0, two_threads()), usage_of(7, two_threads())}).reported_share == 0);
}

TEST_CASE("Sections are seconds a thread, with minimum, average and maximum over ranks", "[unit]") {
  run::PerformanceLog log({2, 1});
  log.chunk(slice(0, 0, 0, 4));
  log.chunk(slice(0, 1, 0, 2));
  log.chunk(slice(1, 0, 0, 5));
  const auto sections = log.figures(10).sections();
  REQUIRE(sections.size() == 3);
  CHECK(sections[0].name == "tasks");
  CHECK(sections[0].minimum == Approx(3));
  CHECK(sections[0].average == Approx(4));
  CHECK(sections[0].maximum == Approx(5));
  CHECK(sections[2].maximum == Approx(7));
  CHECK(log.figures(10, {usage_of(0, two_threads())}).sections().size() == 5);  // the horizon and files, too
}

TEST_CASE("The log of slices stays bounded and loses no task, no CPU time and no busy time", "[unit]") {
  run::PerformanceLog log({1, 1});
  const std::int64_t n = 2'500'000;
  for (std::int64_t i = 0; i < n; ++i)
    log.chunk(slice(static_cast<int>(i % 2), 0, static_cast<double>(i), static_cast<double>(i) + 0.5));
  record::Group group;
  log.write_log(group);
  const std::uint64_t rows = group.datasets.at("count").shape.at(0);
  CHECK(rows < 1'000'000);
  CHECK(rows > 200'000);
  const auto sum = [&](const char* name) {
    double total = 0;
    for (const double value : group.datasets.at(name).values<double>()) total += value;
    return total;
  };
  std::int64_t tasks = 0, slices = 0;
  for (const std::int64_t count : group.datasets.at("count").values<std::int64_t>()) tasks += count;
  for (const std::int64_t count : group.datasets.at("slices").values<std::int64_t>()) slices += count;
  CHECK(tasks == n);
  CHECK(slices == n);
  CHECK(sum("cpu") == Approx(0.5 * n));
  CHECK(sum("busy") == Approx(0.5 * n));
}

TEST_CASE("Advice names too many workers, a long tail and shared CPUs, and what to set", "[unit]") {
  run::Performance p = eight_workers();
  const auto few = run::advise(p, {4, {}});
  REQUIRE(few.size() == 1);
  CHECK(few[0].gain == Approx(0.5));
  CHECK(few[0].setting == "ranks x threads = 4 at most");
  CHECK_THAT(run::advise(p, {4, 4})[0].text, Catch::Contains("search.window = 8"));

  for (auto& worker : p.workers) worker.cpu = 2.5;
  const auto tail = run::advise(p, {100, {}});
  REQUIRE(tail.size() == 2);
  CHECK_THAT(tail[0].text, Catch::Contains("50 % of the time for the last tasks"));
  CHECK(tail[0].setting == "ranks x threads = 4 at most");
  CHECK_THAT(tail[1].text, Catch::Contains("more workers than free CPUs"));
  CHECK(tail[1].gain == Approx(0.25));
  p.longest_task_seconds = 4;
  CHECK(run::advise(p, {100, {}})[0].setting == "schedule.order = \"longest\"");
}

TEST_CASE("Advice follows the cause of the waiting", "[unit]") {
  run::Performance p = eight_workers();
  const auto setting = [&](measure::ThreadState state, std::optional<std::int64_t> window = {}) {
    for (auto& worker : p.workers) {
      worker.in_state = {5, 0, 0, 0, 0, 0};
      worker.in_state[static_cast<std::size_t>(state)] = 5;
      worker.tail = 0;
    }
    const auto advice = run::advise(p, {100, window});
    REQUIRE(advice.size() == 1);
    CHECK(advice[0].gain == Approx(0.5));
    return advice[0];
  };
  CHECK(setting(ThreadState::wait_horizon).setting == "ranks x threads = 4 at most");
  CHECK_THAT(setting(ThreadState::wait_horizon, 4).text, Catch::Contains("search.window = 16"));
  CHECK(setting(ThreadState::wait_task).setting == "schedule.chunk = \"guided\"");
  CHECK(setting(ThreadState::io).setting == "-o on a faster file system");
  CHECK(setting(ThreadState::wait_team).setting == "fewer threads a task");
  p.wall_seconds = 0.5;
  CHECK(run::advise(p, {}).empty());
}

TEST_CASE("One sentence tells useful and idle core-hours, the causes and what to change", "[unit]") {
  run::Performance p = eight_workers();
  p.wall_seconds = 3600;
  for (auto& worker : p.workers) {
    worker.in_state = {2700, 0, 540, 180, 0, 180};
    worker.tail = 360;
  }
  CHECK(run::where_the_time_went(p, {}) ==
        "8 core-hours: 6 useful (75.0 %), 2 idle (25.0 %: 5.0 % horizon, 10.0 % tail, 5.0 % I/O, 5.0 % handing out)");
  CHECK_THAT(run::where_the_time_went(p, {{"", 0.1, "schedule.order = \"longest\""}}),
             Catch::Contains("; to change first: schedule.order = \"longest\""));
}

TEST_CASE("Everything is written with its model, unit and scale", "[unit]") {
  run::PerformanceLog log({2});
  log.chunk(slice(0, 0, 1, 7, 3));
  const run::Performance p = log.figures(10, {usage_of(0, two_threads())});
  record::Group group;
  run::write_performance(group, p, {{"text", 0.5, "setting"}});
  log.write_log(group.group("tasks"));
  record::check_tree(group);
  CHECK(group.find_dataset("pop/hybrid_additive/thread_efficiency") != nullptr);
  CHECK(group.find_dataset("pop/pure_mpi/load_balance")->values<double>()[0] == Approx(5.0 / 6));
  CHECK(group.find_dataset("pop/cpu_over_wall") != nullptr);
  CHECK(group.find_dataset("states/wait_horizon")->shape == std::vector<std::uint64_t>{2});
  CHECK(group.find_dataset("processes/messages") != nullptr);
  CHECK(group.find_dataset("advice/gain") != nullptr);
}
