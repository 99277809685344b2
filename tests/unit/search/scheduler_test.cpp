// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "catch.hpp"
#include "parse.hpp"
#include "search/schedulers/top_share.hpp"
#include "shoal/random/stream.hpp"

using namespace shoal;
using namespace shoal::search;

namespace {

double pseudo_loss(std::int64_t trial, std::int64_t resource) {
  return static_cast<double>(random::mix(static_cast<std::uint64_t>(trial)) >> 11) / static_cast<double>(resource);
}

const Space kNoSpace;

}  // namespace

TEST_CASE("The best share of many values is that of a sorted list", "[search]") {
  TopShare values;
  std::vector<TopShare::Item> sorted;
  for (std::int64_t i = 0; i < 500; ++i) {
    const TopShare::Item item{std::floor(pseudo_loss(i, 1) / 1e13), i};  // with ties
    values.add(item);
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), item), item);
    values.keep(values.size() / 3);
    if (i < 2) {
      CHECK_FALSE(values.worst_kept().has_value());
      continue;
    }
    const auto& worst = sorted[sorted.size() / 3 - 1];
    CHECK(*values.worst_kept() == worst);
    CHECK(values.keeps(worst));
    CHECK_FALSE(values.keeps(sorted[sorted.size() / 3]));
  }
}

TEST_CASE("Brackets of hyperband have the sizes of its algorithm 1", "[search]") {
  const auto scheduler = find_scheduler("hyperband")->make({kNoSpace, 1, 0, 81, {}}, nullptr);
  CHECK(scheduler->n_trials() == 81 + 34 + 15 + 8 + 5);  // ceil(5 * 3^s / (s + 1))
  std::map<std::int64_t, std::int64_t> legs;  // by end
  std::map<std::int64_t, std::int64_t> reached;
  int stages = 0;
  while (scheduler->begin_stage()) {
    ++stages;
    std::vector<Leg> stage;
    while (auto leg = scheduler->next()) stage.push_back(*leg);
    REQUIRE_FALSE(stage.empty());
    for (const Leg& leg : stage) {
      CHECK(leg.begin == reached[leg.trial]);
      reached[leg.trial] = leg.end;
      ++legs[leg.end];
      LegResult result;
      result.trial = leg.trial;
      result.loss = pseudo_loss(leg.trial, leg.end);
      result.reached = leg.end;
      scheduler->note(result);
    }
  }
  CHECK(stages == 5);
  CHECK(legs == std::map<std::int64_t, std::int64_t>{{1, 81}, {3, 27 + 34}, {9, 9 + 11 + 15}, {27, 3 + 3 + 5 + 8}, {81, 1 + 1 + 1 + 2 + 5}});
}

TEST_CASE("Promotion takes the best third of a rung further, highest rung first", "[search]") {
  const auto info = find_scheduler("asha");
  auto options = info->options();
  config::Table table;
  options->bind(table);
  config::Diagnostics diagnostics("test", "form = \"promotion\"\nreduction = 3\n");
  table.read(config::read_toml(diagnostics), diagnostics);
  REQUIRE(diagnostics.empty());
  const auto scheduler = info->make({kNoSpace, 1, 90, 9, {}}, options.get());
  std::map<std::int64_t, std::vector<double>> rungs;  // losses that reached a resource
  std::map<std::int64_t, std::int64_t> promoted;
  while (scheduler->begin_stage()) {
    while (auto leg = scheduler->next()) {
      if (leg->begin > 0) {
        auto& rung = rungs[leg->begin];
        std::sort(rung.begin(), rung.end());
        CHECK(pseudo_loss(leg->trial, leg->begin) <= rung[rung.size() / 3 - 1]);
        ++promoted[leg->begin];
      }
      LegResult result;
      result.trial = leg->trial;
      result.loss = pseudo_loss(leg->trial, leg->end);
      result.reached = leg->end;
      rungs[leg->end].push_back(result.loss);
      scheduler->note(result);
    }
  }
  CHECK(rungs[1].size() == 90);
  CHECK(promoted[1] >= 30);  // asynchronous: some were among the best only when they were few
  CHECK(promoted[1] <= 45);
  CHECK(static_cast<std::int64_t>(rungs[9].size()) == promoted[3]);
}

TEST_CASE("Stopping thresholds are those of a sorted list of what was seen", "[search]") {
  const auto scheduler = find_scheduler("asha")->make({kNoSpace, 1, 200, 64, {}}, nullptr);
  REQUIRE(scheduler->begin_stage());
  std::vector<double> seen;
  for (std::int64_t i = 0; i < 200; ++i) {
    const auto leg = scheduler->next();
    REQUIRE(leg.has_value());
    REQUIRE(leg->rungs.size() == 3);  // 1, 4, 16
    CHECK(leg->rungs[2].resource == 16);
    std::sort(seen.begin(), seen.end());
    const std::size_t wanted = std::max<std::size_t>(1, (seen.size() + 1) / 4);
    if (seen.empty()) CHECK(std::isinf(leg->rungs[0].threshold));
    else CHECK(leg->rungs[0].threshold == seen[wanted - 1]);
    const RungValue value{1, pseudo_loss(i, 1)};
    seen.push_back(value.loss);
    LegResult result;
    result.trial = i;
    result.rungs = {&value, 1};
    scheduler->note(result);
  }
  CHECK_FALSE(scheduler->next().has_value());
}

// Sixteen members, quantile 1/4: the worst four take over from the best four, and only then change.
TEST_CASE("Population based training replaces the worst quarter by changed copies of the best", "[search]") {
  const Space space = space_of("x = { uniform = [0, 10] }\nk = { uniformint = [1, 5] }\nfixed = { uniform = [0, 1] }");
  const auto pbt = find_scheduler("pbt")->make({.space = space, .seed = 3, .trials = 16, .resource = 20, .tied = {false, false, true}}, nullptr);
  std::vector<Point> points(16);
  std::int64_t generations = 0, multiplied = 0, drawn = 0;
  for (; pbt->begin_stage(); ++generations) {
    const std::vector<Point> before = points;
    std::int64_t n_legs = 0, n_parents = 0;
    std::vector<std::int64_t> legs;
    while (const auto leg = pbt->next()) {
      CHECK(leg->begin == 2 * generations);
      CHECK(leg->end == 2 * generations + 2);
      Point& point = points[static_cast<std::size_t>(leg->trial)];
      if (generations == 0) point = {0.5 * static_cast<double>(leg->trial), 3, 0.1};
      CHECK((leg->parent >= 0) == (generations > 0 && leg->trial >= 12));
      if (leg->parent >= 0) {
        ++n_parents;
        CHECK(leg->parent < 4);
        const Point& parent = before[static_cast<std::size_t>(leg->parent)];
        CHECK(leg->point[2] == parent[2]);
        const bool factor = leg->point[0] == Approx(1.2 * parent[0]) || leg->point[0] == Approx(0.8 * parent[0]);
        (factor ? multiplied : drawn) += 1;
        CHECK((leg->point[1] >= 1 && leg->point[1] <= 5));
        point = leg->point;
      }
      legs.push_back(leg->trial);
      ++n_legs;
    }
    CHECK(n_legs == 16);
    CHECK(n_parents == (generations > 0 ? 4 : 0));
    for (const std::int64_t trial : legs) {
      pbt->note({.trial = trial, .loss = static_cast<double>(trial), .reached = 2 * generations + 2, .rungs = {}, .point = points[static_cast<std::size_t>(trial)]});
    }
  }
  CHECK(generations == 10);
  CHECK(multiplied > drawn);  // 3/4 to 1/4
  CHECK(drawn > 0);
  CHECK(pbt->genealogy()->parents.size() == 160);
}
