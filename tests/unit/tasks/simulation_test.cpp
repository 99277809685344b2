// SPDX-License-Identifier: Apache-2.0
// Thousands of runs with random delays, deaths, returns, crashes and policies: always the same history.
#include <cstdlib>
#include <limits>
#include <random>

#include "catch.hpp"
#include "fake_jobs.hpp"
#include "shoal/tasks/simulate.hpp"

using namespace shoal::tasks;

namespace {

// What may happen in one run, drawn from a seed.
struct Adversity {
  Policy policy;
  SimulationModel model;
};

double uniform(std::mt19937_64& g, double low, double high) {
  return low + (high - low) * static_cast<double>(g() >> 11) * 0x1p-53;
}

Adversity draw(std::uint64_t seed) {
  std::mt19937_64 g(seed);
  const auto pick = [&](std::uint64_t n) { return static_cast<int>(g() % n); };
  Adversity a;
  a.policy.chunks = static_cast<ChunkRule>(pick(7));
  a.policy.order = static_cast<OrderKind>(pick(3));
  a.policy.heartbeat_seconds = 0.02;
  a.policy.lost_seconds = 0.15;
  a.policy.hang_seconds = pick(4) == 0 ? 0.4 : 5;
  a.policy.blob_seconds = 0.1;
  a.policy.batch_bytes = pick(2) ? 64 : 64 * 1024;
  a.policy.batch_seconds = pick(2) ? 0.001 : 0.05;
  a.policy.snapshot_seconds = 0.1;
  a.policy.prefetch_ratio = pick(3) == 0 ? 1e9 : 50;
  a.policy.max_message_bytes = pick(2) ? 100 : 1 << 20;

  SimulationModel& m = a.model;
  m.seed = seed;
  m.n_ranks = 1 + pick(5);
  m.threads_per_rank = 1 + pick(3);
  m.latency_max = pick(2) ? 50e-6 : 5e-3;
  m.delay_probability = pick(3) == 0 ? 0.2 : 0;
  m.delay_seconds = pick(2) ? 0.3 : 0.01;
  m.through_bytes = pick(4) == 0;
  if (pick(3) == 0) {
    m.blob_bytes = 0;
    m.min_blobs = static_cast<std::size_t>(2 * m.threads_per_rank + pick(3));
  }
  const double base = pick(2) ? 1e-3 : 2e-2;
  const int straggler = pick(3) == 0 ? pick(30) : -1;
  m.task_seconds = [=](TaskId id) {
    if (id.task == straggler) return 50 * base;
    return base * static_cast<double>(fake::mix(seed, static_cast<std::uint64_t>(id.task)) % 1000) / 500;
  };
  m.crash_at = 1000;  // a run that does not end by itself fails the test
  const int slow_rank = pick(6);
  m.rank_slowdown = [=](int rank) { return rank == slow_rank ? 8.0 : 1.0; };
  for (int n = pick(4); n > 0 && m.n_ranks > 1; --n) {
    Outage outage;
    outage.rank = 1 + pick(static_cast<std::uint64_t>(m.n_ranks - 1));
    outage.from = uniform(g, 0, 0.3);
    outage.until = pick(3) == 0 ? std::numeric_limits<double>::infinity() : outage.from + uniform(g, 0, 0.6);
    m.outages.push_back(outage);
  }
  return a;
}

// Seeds of each shape; a campaign sets SHOAL_SEEDS to more.
std::uint64_t n_seeds(std::uint64_t usual) {
  const char* wanted = std::getenv("SHOAL_SEEDS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : usual;
}

std::int64_t recorded(const std::vector<ResultRun>& runs) {
  std::int64_t n = 0;
  for (const ResultRun& run : runs) n += run.count;
  return n;
}

}  // namespace

TEST_CASE("Whatever is delayed, dies or comes back: the history is the same", "[unit]") {
  std::int64_t n_lost = 0;
  std::int64_t n_repeated = 0;
  std::int64_t n_hung = 0;
  for (const std::string& name : fake::shape_names()) {
    const auto reference = fake::make_job(name);
    fake::run_reference(*reference);
    for (std::uint64_t seed = 0; seed < n_seeds(300); ++seed) {
      CAPTURE(name, seed);
      const Adversity a = draw(seed);
      const auto job = fake::make_job(name);
      MemoryJournal journal;
      const SimulationResult result = simulate(*job, a.policy, a.model, &journal);
      REQUIRE(result.summary.outcome == Outcome::complete);
      REQUIRE(job->history() == reference->history());
      REQUIRE(recorded(journal.runs) == result.summary.counts.total);
      n_lost += result.summary.counts.ranks_lost;
      n_repeated += result.summary.counts.repeated;
      n_hung += result.hung;
    }
  }
  CHECK(n_lost > 100);  // the adversities did happen
  CHECK(n_repeated > 100);
  CHECK(n_hung > 10);
}

TEST_CASE("Crashes and stops at any time, then other ranks, another order: the history is the same", "[unit]") {
  for (const std::string& name : fake::shape_names()) {
    const auto reference = fake::make_job(name);
    fake::run_reference(*reference);
    for (std::uint64_t seed = 0; seed < n_seeds(120); ++seed) {
      CAPTURE(name, seed);
      std::mt19937_64 g(seed);
      MemoryJournal journal;
      std::int64_t done_before = 0;
      for (std::uint64_t attempt = 0;; ++attempt) {
        REQUIRE(attempt < 50);
        Adversity a = draw(1000 * (seed + 1) + attempt);
        a.policy.stop_grace_seconds = 0.05;
        a.policy.abandon_seconds = 0.01;
        if (attempt < 4) {
          const double when = uniform(g, 0, 0.2);
          if (g() % 2) a.model.crash_at = when;
          else a.model.stop_at = when;
          a.model.stop_kind = g() % 2 ? StopKind::soft : StopKind::hard;
        }
        const auto job = fake::make_job(name);
        const SimulationResult result = simulate(*job, a.policy, a.model, &journal, journal.runs);
        REQUIRE(!result.summary.failure);
        REQUIRE(result.summary.counts.reused == done_before);
        done_before = result.summary.counts.done;
        REQUIRE(recorded(journal.runs) == done_before);  // every record is new
        if (result.summary.outcome != Outcome::complete) continue;
        REQUIRE(job->history() == reference->history());
        break;
      }
    }
  }
}

TEST_CASE("The same seed gives the same simulated run, event by event", "[unit]") {
  const Adversity a = draw(42);
  SimulationResult runs[2];
  for (SimulationResult& run : runs) {
    const auto job = fake::make_job("two streams");
    run = simulate(*job, a.policy, a.model, nullptr, {}, true);
  }
  CHECK(runs[0].events == runs[1].events);
  CHECK(runs[0].messages == runs[1].messages);
  CHECK(runs[0].summary.seconds == runs[1].summary.seconds);
  CHECK(runs[0].log.size() == runs[1].log.size());
}

TEST_CASE("A straggler delays the end, not the others", "[unit]") {
  fake::FakeJob job(fake::independent(400));
  SimulationModel model;
  model.n_ranks = 8;
  model.task_seconds = [](TaskId id) { return id.task == 3 ? 2.0 : 0.01; };
  Policy policy;
  policy.chunks = ChunkRule::one;
  const SimulationResult result = simulate(job, policy, model, nullptr, {}, true);
  CHECK(result.summary.outcome == Outcome::complete);
  CHECK(result.summary.seconds < 2.1);
  double last_other = 0;
  for (const ChunkLog& log : result.log)
    if (log.first != 3) last_other = std::max(last_other, log.end);
  CHECK(last_other < 0.65);  // 399 x 10 ms on 7 ranks: 0.57 s
}

TEST_CASE("Fewer tasks than workers leaves the others idle and ends at once", "[unit]") {
  fake::FakeJob job(fake::independent(3));
  SimulationModel model;
  model.n_ranks = 16;
  model.threads_per_rank = 4;
  model.task_seconds = [](TaskId) { return 0.1; };
  const SimulationResult result = simulate(job, Policy{}, model);
  CHECK(result.summary.outcome == Outcome::complete);
  CHECK(result.summary.seconds < 0.11);
  CHECK(result.tasks_run == 3);
}

TEST_CASE("A job without tasks completes without running anything", "[unit]") {
  fake::FakeJob job({fake::independent(0)[0], fake::independent(0)[0]});
  SimulationModel model;
  model.n_ranks = 5;
  const SimulationResult result = simulate(job, Policy{}, model);
  CHECK(result.summary.outcome == Outcome::complete);
  CHECK(result.tasks_run == 0);
  fake::FakeJob nothing(std::vector<fake::StreamShape>{});
  CHECK(simulate(nothing, Policy{}, model).summary.outcome == Outcome::complete);
}

TEST_CASE("A task that throws on another rank ends the job with its text on rank 0", "[unit]") {
  fake::FakeJob job(fake::independent(200));
  job.on_run = [](const TaskInput& in) {
    if (in.id.task == 150) throw std::runtime_error("negative mass in task 150");
  };
  SimulationModel model;
  model.n_ranks = 4;
  Policy policy;
  policy.chunks = ChunkRule::static_block;  // task 150 belongs to the last rank
  const SimulationResult result = simulate(job, policy, model);
  CHECK(result.summary.outcome == Outcome::failed);
  REQUIRE(result.summary.failure);
  CHECK(result.summary.failure->text == "negative mass in task 150");
  CHECK(result.tasks_run < 200);
}

TEST_CASE("With a thousand ranks and tasks of 100 ms little time is lost", "[unit]") {
  fake::FakeJob job(fake::independent(1024 * 20));
  SimulationModel model;
  model.n_ranks = 1024;
  model.task_seconds = [](TaskId) { return 0.1; };
  const SimulationResult result = simulate(job, Policy{}, model);
  CHECK(result.summary.outcome == Outcome::complete);
  CHECK(result.efficiency > 0.95);
}

TEST_CASE("A chunk log predicts the time of another chunk rule", "[unit]") {
  const auto seconds = [](TaskId id) { return id.task < 50 ? 0.1 : 0.01; };  // skewed: the first tasks are long
  SimulationModel model;
  model.n_ranks = 4;
  model.task_seconds = seconds;
  Policy policy;
  policy.chunks = ChunkRule::one;
  fake::FakeJob job(fake::independent(200));
  const SimulationResult measured = simulate(job, policy, model, nullptr, {}, true);
  model.task_seconds = task_seconds_from_log(measured.log);
  for (std::int64_t task = 0; task < 200; ++task) CHECK(model.task_seconds({0, task}) == Approx(seconds({0, task})));
  CHECK(model.task_seconds({3, 0}) == Approx((50 * 0.1 + 150 * 0.01) / 200));  // unknown: the mean
  policy.chunks = ChunkRule::static_block;
  fake::FakeJob again(fake::independent(200));
  const SimulationResult predicted = simulate(again, policy, model);
  CHECK(predicted.summary.seconds == Approx(5.0).epsilon(0.01));  // all long tasks in the first block
  CHECK(measured.summary.seconds < 1.8);
}
