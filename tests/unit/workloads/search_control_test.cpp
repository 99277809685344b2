// SPDX-License-Identifier: Apache-2.0
// How searches end early, what becomes of failures, and what schedulers leave in the results.
#include <algorithm>
#include <cmath>

#include "curve_search.hpp"
#include "tree_values.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;
using search::State;

namespace {

std::vector<double> losses(const record::Group& results) { return record::values_at<double>(results, "trials/loss"); }
std::vector<std::int8_t> states(const record::Group& results) {
  return record::values_at<std::int8_t>(results, "trials/state");
}
std::int64_t count(const std::vector<std::int8_t>& all, State state) {
  return std::count(all.begin(), all.end(), static_cast<std::int8_t>(state));
}

}  // namespace

TEST_CASE("A search ends at the first trial that may see a loss as good as wanted", "[tune]") {
  CurveSetting setting;
  setting.segment_epochs = setting.epochs;
  setting.bad_from = 1e9;
  CurveSearch whole(setting);
  const auto full = losses(whole.run());
  setting.control.metric_reached = 0.5;
  CurveSearch search(setting);
  const auto found = losses(search.run());
  const auto first = std::find_if(full.begin(), full.end(), [](double loss) { return loss <= 0.5; });
  REQUIRE(first != full.end());
  REQUIRE(static_cast<std::int64_t>(found.size()) == first - full.begin() + setting.window + 1);
  CHECK(std::equal(found.begin(), found.end(), full.begin()));
  CHECK(search.job->stop_reason() == "search.metric_reached is reached");
}

TEST_CASE("A search ends when nothing better has been found for some trials", "[tune]") {
  CurveSetting setting;
  setting.segment_epochs = setting.epochs;
  setting.bad_from = 1e9;
  setting.trials = 200;
  CurveSearch whole(setting);
  const auto full = losses(whole.run());
  setting.control.no_progress = 12;
  CurveSearch search(setting);
  const auto found = losses(search.run());
  std::size_t seen = 0, since = 0;
  for (double best = 1e300; since < 12; ++seen) {
    since = full[seen] < best ? 0 : since + 1;
    best = std::min(best, full[seen]);
  }
  REQUIRE(found.size() == seen + static_cast<std::size_t>(setting.window));
  CHECK(std::equal(found.begin(), found.end(), full.begin()));
}

TEST_CASE("Failures are recorded, tried again, or end the search", "[tune]") {
  CurveSetting setting;
  setting.bad_from = 3;  // x in [3, 4): NaN, above: failed
  CurveSearch recorded(setting);
  const auto all = states(recorded.run());
  CHECK(all.size() == 40);
  CHECK(count(all, State::nan) > 0);
  CHECK(count(all, State::failed) > 0);
  CHECK(recorded.job->n_failed() == count(all, State::nan) + count(all, State::failed));

  setting.control.on_failure = "retry";
  setting.control.retries = 3;
  CurveSearch retried(setting);
  CHECK(states(retried.run()) == all);  // it fails every time
  CHECK(retried.objective.attempts - recorded.objective.attempts == 3 * count(all, State::failed));

  setting.control.on_failure = "stop";
  CurveSearch stopped(setting);
  const auto few = states(stopped.run());
  CHECK(few.size() < all.size());
  CHECK(std::equal(few.begin(), few.end(), all.begin()));
  CHECK(stopped.job->stop_reason() == "a trial failed, and search.on_failure is \"stop\"");
}

TEST_CASE("A search of limited time ends when it is over and keeps what it has", "[tune]") {
  double clock = 0;
  CurveSetting setting;
  setting.trials = 1000;
  setting.control.seconds = 50;
  setting.seconds = [&clock] { return clock += 1; };
  CurveSearch search(setting);
  tasks::MemoryJournal journal;
  tasks::SerialHooks hooks;
  hooks.journal = &journal;
  const record::Group found = search.run(std::move(hooks));
  CHECK(search.job->stop_reason() == "search.seconds are over");
  CHECK(losses(found).size() > 3);
  CHECK(losses(found).size() < 50);
  CHECK(count(states(found), State::unfinished) == 0);

  double other_clock = 0;  // twice as fast: only what was recorded decides
  setting.seconds = [&other_clock] { return other_clock += 2; };
  CurveSearch again(setting);
  tasks::SerialHooks replay;
  replay.replay = journal.runs;
  replay.decisions = journal.decisions;
  CHECK(record::same_bits(again.run(std::move(replay)), found));
}

TEST_CASE("A free search goes again through what was recorded, and goes on after a crash", "[tune]") {
  for (const std::string keys : {"", "form = \"promotion\"\nreduction = 3\n"}) {
    CurveSetting setting;
    setting.algorithm = "tpe";
    setting.scheduler = keys.empty() ? "none" : "asha";
    setting.scheduler_keys = keys;
    setting.free = true;
    tasks::SimulationModel model;
    model.n_ranks = 3;
    model.task_seconds = [](tasks::TaskId id) { return 1e-3 * static_cast<double>(1 + id.task * 7 % 11); };
    CurveSearch first(setting);
    tasks::MemoryJournal journal;
    REQUIRE(tasks::simulate(*first.job, {}, model, &journal).summary.outcome == tasks::Outcome::complete);
    const record::Group found = first.results();

    CurveSearch again(setting);
    model.n_ranks = 2;
    model.task_seconds = {};
    REQUIRE(tasks::simulate(*again.job, {}, model, nullptr, journal.runs, false, journal.decisions).summary.outcome == tasks::Outcome::complete);
    CHECK(record::same_bits(again.results(), found));

    // As a killed run leaves it: what came in was written down in the order in which it happened.
    tasks::MemoryJournal half;
    model.crash_at = 0.02;
    CurveSearch killed(setting);
    tasks::simulate(*killed.job, {}, model, &half);
    model.crash_at.reset();
    REQUIRE_FALSE(half.runs.empty());
    CurveSearch resumed(setting);
    REQUIRE(tasks::simulate(*resumed.job, {}, model, &half, half.runs, false, half.decisions).summary.outcome == tasks::Outcome::complete);
    CHECK(losses(resumed.results()).size() == 40);
  }
}

TEST_CASE("Under asha few trials reach the end, and those are the good ones", "[tune]") {
  for (const std::string form : {"stopping", "promotion"}) {
    CurveSetting setting;
    setting.scheduler = "asha";
    setting.scheduler_keys = "reduction = 3\nform = \"" + form + "\"\n";
    setting.trials = 60;
    setting.bad_from = 1e9;
    CurveSearch search(setting);
    const record::Group found = search.run();
    const auto all = states(found);
    const std::int64_t ok = count(all, State::ok);
    CAPTURE(form, ok);
    CHECK(ok >= 1);
    CHECK(ok < 20);
    CHECK(count(all, State::pruned) == 60 - ok);
    CHECK(record::values_at<std::int64_t>(found, "best/epoch") == std::vector<std::int64_t>{27});
    std::int64_t used = 0;
    for (std::size_t i = 0; i < 60; ++i) used += search.job->trials()[i].reached;
    CHECK(used < 60 * 27 / 2);
  }
}

TEST_CASE("Members of a population take over states and parameters, and every step is recorded", "[tune]") {
  CurveSetting setting;
  setting.scheduler = "pbt";
  setting.scheduler_keys = "interval = 5\n";
  setting.trials = 12;
  CurveSearch search(setting);
  const record::Group found = search.run();
  const search::Genealogy& genealogy = *search.job->scheduler().genealogy();
  REQUIRE(genealogy.n_members == 12);
  REQUIRE(genealogy.parents.size() == 12 * 6);  // 5, 10, ..., 25, 27
  int taken_over = 0;
  for (std::size_t g = 1; g < 6; ++g) {
    for (std::size_t i = 0; i < 12; ++i) {
      const auto parent = static_cast<std::size_t>(genealogy.parents[g * 12 + i]);
      const auto& before = genealogy.points[(g - 1) * 12 + parent];
      const auto& point = genealogy.points[g * 12 + i];
      if (point.empty()) continue;
      CHECK(point[1] == before[1]);  // tied to the state
      if (parent == i) {
        CHECK(point[0] == before[0]);
        continue;
      }
      ++taken_over;
      CHECK(genealogy.losses[(g - 1) * 12 + parent] <= genealogy.losses[(g - 1) * 12 + i]);
    }
  }
  CHECK(taken_over >= 10);
  CHECK(count(states(found), State::ok) >= 9);
  const auto all = losses(found);
  CHECK(*std::min_element(all.begin(), all.end()) == Approx(genealogy.losses[5 * 12 + static_cast<std::size_t>(
                                                         search.job->best_trial())]));
}
