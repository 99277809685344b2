// SPDX-License-Identifier: Apache-2.0
// Free rounds: every decision sees exactly what has arrived, and what was recorded is gone through again call by call.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <utility>

#include "catch.hpp"
#include "free_job.hpp"
#include "shoal/error.hpp"
#include "shoal/tasks/serial.hpp"
#include "shoal/tasks/simulate.hpp"
#include "shoal/tasks/worker.hpp"

using namespace shoal::tasks;
using fake::FreeJob;
using fake::FreeShape;
using fake::OrderedJournal;

namespace {

const std::vector<std::pair<std::string, FreeShape>> kShapes = {
    {"all at once", {40, kUnlimited, 0, 0}},   {"window of one", {12, 1, 0, 0}},
    {"window", {40, 4, 0, 3}},                 {"open end", {kUnlimited, kUnlimited, 0, 2}},
    {"open end, window", {kUnlimited, 5, 0, 0}}, {"chains", {30, 6, 3, 0}},
    {"chains, open end", {kUnlimited, kUnlimited, 2, 1}},
};

double uniform(std::mt19937_64& g, double low, double high) {
  return low + (high - low) * static_cast<double>(g() >> 11) * 0x1p-53;
}

struct Scene {
  Policy policy;
  SimulationModel model;
};

// Ranks, delays and outages drawn from a seed.
Scene draw(std::uint64_t seed) {
  std::mt19937_64 g(seed);
  const auto pick = [&](std::uint64_t n) { return static_cast<int>(g() % n); };
  Scene s;
  s.policy.heartbeat_seconds = 0.02;
  s.policy.lost_seconds = 0.15;
  s.policy.hang_seconds = 5;
  s.policy.blob_seconds = 0.1;
  s.policy.batch_seconds = pick(2) ? 0.001 : 0.05;
  s.policy.prefetch_ratio = pick(3) == 0 ? 1e9 : 50;
  s.policy.max_message_bytes = pick(2) ? 40 : 1 << 20;
  s.policy.stop_grace_seconds = 0.05;
  s.policy.abandon_seconds = 0.01;
  SimulationModel& m = s.model;
  m.seed = seed;
  m.n_ranks = 1 + pick(5);
  m.threads_per_rank = 1 + pick(3);
  m.latency_max = pick(2) ? 50e-6 : 5e-3;
  m.delay_probability = pick(3) == 0 ? 0.2 : 0;
  m.delay_seconds = pick(2) ? 0.3 : 0.01;
  m.through_bytes = pick(4) == 0;
  const double base = pick(3) == 0 ? 1e-5 : 5e-3;
  m.task_seconds = [=](TaskId id) { return base * static_cast<double>((seed * 31 + static_cast<std::uint64_t>(id.task) * 17) % 100) / 50; };
  m.crash_at = 1000;
  if (m.n_ranks > 1 && pick(3) == 0) m.outages.push_back({1, uniform(g, 0, 0.1), uniform(g, 0.1, 0.6)});
  return s;
}

bool begins_with(const std::vector<std::string>& all, const std::vector<std::string>& start) {
  return all.size() >= start.size() && std::equal(start.begin(), start.end(), all.begin());
}

std::uint64_t n_seeds(std::uint64_t usual) {
  const char* wanted = std::getenv("SHOAL_SEEDS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : usual;
}

}  // namespace

TEST_CASE("A free round is folded in order of arrival, and its record leads to the very same calls", "[unit]") {
  std::int64_t n_out_of_order = 0;
  for (const auto& [name, shape] : kShapes) {
    for (std::uint64_t seed = 0; seed < n_seeds(150); ++seed) {
      CAPTURE(name, seed);
      const Scene scene = draw(seed);
      FreeJob job(shape);
      OrderedJournal journal;
      const SimulationResult result = simulate(job, scene.policy, scene.model, &journal);
      REQUIRE(!result.summary.failure);
      REQUIRE(result.summary.outcome == Outcome::complete);
      REQUIRE(result.summary.counts.folded == result.summary.counts.total);
      for (const ResultRun& run : journal.runs())
        if (run.stream == 0 && run.first > 0) n_out_of_order += job.calls[static_cast<std::size_t>(run.first)].starts_with("fold");

      FreeJob again(shape);
      OrderedJournal nothing;
      const SimulationResult replayed =
          simulate(again, Policy{}, SimulationModel{}, &nothing, journal.runs(), false, journal.decisions());
      REQUIRE(replayed.summary.outcome == Outcome::complete);
      REQUIRE(again.calls == job.calls);
      REQUIRE(again.other() == job.other());
      REQUIRE(nothing.records.empty());
      REQUIRE(replayed.tasks_run == 0);
    }
  }
  CHECK(n_out_of_order > 100);
}

TEST_CASE("A journal cut at any record leads through the calls it holds, and then on to the end", "[unit]") {
  for (const auto& [name, shape] : kShapes) {
    const Scene scene = draw(7);
    FreeJob job(shape);
    OrderedJournal whole;
    REQUIRE(simulate(job, scene.policy, scene.model, &whole).summary.outcome == Outcome::complete);
    for (std::size_t cut = 0; cut <= whole.records.size(); ++cut) {
      CAPTURE(name, cut);
      OrderedJournal journal;
      journal.records.assign(whole.records.begin(), whole.records.begin() + static_cast<std::ptrdiff_t>(cut));
      std::size_t n_calls = 0;  // of stream 0 that this prefix determines
      for (const auto& record : journal.records) {
        if (const auto* run = std::get_if<ResultRun>(&record)) n_calls += run->stream == 0 ? static_cast<std::size_t>(run->count) : 0;
        else n_calls += std::get<Decision>(record).end ? 0 : 1;
      }
      FreeJob resumed(shape);
      SerialHooks hooks;
      hooks.replay = journal.runs();
      hooks.decisions = journal.decisions();
      hooks.journal = &journal;
      const RunSummary summary = run_serial(resumed, Policy{}, hooks);
      REQUIRE(summary.outcome == Outcome::complete);
      REQUIRE(begins_with(resumed.calls, {job.calls.begin(), job.calls.begin() + static_cast<std::ptrdiff_t>(n_calls)}));
      REQUIRE(resumed.other() == job.other());

      FreeJob third(shape);  // what both runs recorded together
      SerialHooks last;
      last.replay = journal.runs();
      last.decisions = journal.decisions();
      REQUIRE(run_serial(third, Policy{}, last).outcome == Outcome::complete);
      REQUIRE(third.calls == resumed.calls);
    }
  }
}

TEST_CASE("Crashes and stops at any time: every attempt goes through what its predecessors recorded", "[unit]") {
  for (const auto& [name, shape] : kShapes) {
    for (std::uint64_t seed = 0; seed < n_seeds(60); ++seed) {
      CAPTURE(name, seed);
      std::mt19937_64 g(seed);
      OrderedJournal journal;
      std::vector<std::string> before;
      for (std::uint64_t attempt = 0;; ++attempt) {
        REQUIRE(attempt < 50);
        Scene scene = draw(1000 * (seed + 1) + attempt);
        if (attempt < 4) {
          const double when = uniform(g, 0, 0.1);
          if (g() % 2) scene.model.crash_at = when;
          else scene.model.stop_at = when;
          scene.model.stop_kind = g() % 2 ? StopKind::soft : StopKind::hard;
        }
        FreeJob job(shape);
        const SimulationResult result =
            simulate(job, scene.policy, scene.model, &journal, journal.runs(), false, journal.decisions());
        REQUIRE(!result.summary.failure);
        REQUIRE(begins_with(job.calls, before));
        before = job.calls;
        if (result.summary.outcome == Outcome::complete) break;
      }
    }
  }
}

TEST_CASE("Recorded tasks can be computed again at their places", "[unit]") {
  for (const auto& [name, shape] : kShapes) {
    if (shape.last_round > 0) continue;
    CAPTURE(name);
    Scene scene = draw(11);
    FreeJob job(shape);
    OrderedJournal journal;
    REQUIRE(simulate(job, scene.policy, scene.model, &journal).summary.outcome == Outcome::complete);
    std::vector<ResultRun> kept;
    FoldOrder order;
    for (const ResultRun& run : journal.runs()) {
      if (run.stream == 1) continue;
      for (std::int64_t i = 0; i < run.count; ++i) order.tasks.push_back(run.first + i);
      if (run.first % 3 != 0) kept.push_back(run);
    }
    FreeJob again(shape);
    MemoryJournal fresh;
    Coordinator coordinator(again, Policy{}, {1}, fresh);
    for (const ResultRun& run : kept) coordinator.replay(run);
    for (const Decision& decision : journal.decisions()) coordinator.replay(decision);
    coordinator.follow(order);
    MemoryBlobStore blobs;
    Worker worker(again, 0, 1, Policy{}, blobs);
    WorkPool pool(0, 1, Policy{});
    const StopToken never;
    CoordinatorActions root;
    WorkerActions own;
    coordinator.start(0, root);
    worker.start(0, own);
    for (int turn = 0; turn < 10000 && !coordinator.finished(); ++turn) {
      for (WorkItem& item : std::exchange(own.start, {})) pool.push(std::move(item));
      if (auto slice = pool.take()) pool.finish(0, run_slice(again, *slice, nullptr, blobs, never), 0, 1, 1);
      worker.on_local(0, pool.report(), own);
      for (Send& send : std::exchange(own.sends, {})) coordinator.on_message(0, 0, std::move(send.message), root);
      for (Send& send : std::exchange(root.sends, {})) worker.on_message(0, 0, std::move(send.message), own);
    }
    REQUIRE(coordinator.outcome() == Outcome::complete);
    CHECK(again.calls == job.calls);
    CHECK(fresh.runs.size() > 3);
  }
}

TEST_CASE("A record of other decisions, or with gaps, is refused", "[unit]") {
  FreeJob job({12, 3, 0, 0});
  OrderedJournal journal;
  SerialHooks hooks;
  hooks.journal = &journal;
  REQUIRE(run_serial(job, Policy{}, hooks).outcome == Outcome::complete);
  const auto replay = [&](std::vector<Decision> decisions) {
    FreeJob again({12, 3, 0, 0});
    SerialHooks recorded;
    recorded.replay = journal.runs();
    recorded.decisions = std::move(decisions);
    return run_serial(again, Policy{}, recorded);
  };
  std::vector<Decision> changed = journal.decisions();
  changed[4].prepared.payload[0] ^= std::byte{1};
  RunSummary summary = replay(changed);
  REQUIRE(summary.failure);
  CHECK(summary.failure->exit_code == 76);
  CHECK(summary.failure->text ==
        "task 4 of stream 0 was decided otherwise when it was recorded: this program or its input is not the one that wrote "
        "the journal");
  std::vector<Decision> gap = journal.decisions();
  gap.erase(gap.begin() + 5);
  summary = replay(gap);
  REQUIRE(summary.failure);
  CHECK(summary.failure->exit_code == 76);
  gap = journal.decisions();
  gap.resize(7);  // the results of the tasks after them have no decision
  summary = replay(gap);
  REQUIRE(summary.failure);
  CHECK(summary.failure->exit_code == 76);
}

TEST_CASE("Free rounds that cannot be are refused", "[unit]") {
  struct Impossible : FreeJob {
    explicit Impossible(Round which) : FreeJob({}), round(std::move(which)) {}
    Round prepare_round(std::int64_t, std::int64_t) override { return round; }
    Round round;
  };
  Impossible not_prepared({10, kUnlimited, false, {}, true});
  CHECK(run_serial(not_prepared, Policy{}).outcome == Outcome::failed);
  Impossible no_window({10, 0, true, {}, true});
  CHECK(run_serial(no_window, Policy{}).outcome == Outcome::failed);
}

TEST_CASE("A decision survives its way through bytes, and short or unknown ones are refused", "[unit]") {
  const Decision decision{1, 2, 77, 70, false, {Bytes(5, std::byte{9}), 44}};
  const Bytes bytes = serialise(decision);
  const Decision read = parse_decision(bytes);
  CHECK(read.stream == 1);
  CHECK(read.round == 2);
  CHECK(read.task == 77);
  CHECK(read.n_folded == 70);
  CHECK(!read.end);
  CHECK(read.prepared.payload == decision.prepared.payload);
  CHECK(read.prepared.predecessor == 44);
  for (std::size_t n = 0; n < bytes.size(); ++n) REQUIRE_THROWS_AS(parse_decision(ByteView(bytes).first(n)), shoal::SystemError);
  Bytes unknown = bytes;
  unknown[0] = std::byte{99};
  CHECK_THROWS_AS(parse_decision(unknown), shoal::SystemError);
}
