// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune_job.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "catch.hpp"
#include "fake_objective.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/tasks/serial.hpp"
#include "tree_values.hpp"
#include "workloads/tune/tune_results.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;

namespace {

search::Space space_of(const std::string& text) {
  config::Diagnostics diagnostics("test", text);
  const config::Value root = config::read_toml(diagnostics);
  search::Space space = search::Space::parse(root, {}, diagnostics);
  diagnostics.throw_if_any();
  return space;
}

TuneJobOptions options_of(std::int64_t repeats) {
  TuneJobOptions options;
  options.repeats = repeats;
  return options;
}

// A grid job over the fake objective, with all that it refers to.
struct GridJob {
  search::Space space;
  FakeObjective objective;
  std::unique_ptr<search::Algorithm> algorithm;
  std::unique_ptr<search::Scheduler> scheduler;
  TuneJob job;

  GridJob(const std::vector<double>& numbers, std::int64_t repeats, std::int64_t epochs = 7,
          std::int64_t segment_epochs = 3)
      : space(space_of(fmt::format("x = [{}]", fmt::join(numbers, ", ")))),
        objective(numbers, epochs, segment_epochs),
        algorithm(search::find_algorithm("grid")->make(space, 1, nullptr)),
        scheduler(search::find_scheduler("none")->make({space, 1, *space.n_points() * repeats, 1, {}}, nullptr)),
        job(*algorithm, *scheduler, objective, 1, options_of(repeats)) {}

  record::Group run() {
    const tasks::RunSummary summary = tasks::run_serial(job, {});
    REQUIRE_FALSE(summary.failure.has_value());
    REQUIRE(summary.outcome == tasks::Outcome::complete);
    return results();
  }
  record::Group results() const {
    record::Group group;
    write_results(job, space, objective, group);
    return group;
  }
};

const std::vector<double> kNumbers = {3.5, 1.5, 2.5};

}  // namespace

TEST_CASE("A job keeps the best trial and every history", "[tune]") {
  GridJob grid(kNumbers, 2);
  const record::Group results = grid.run();
  const double end = 1 / 7.0;
  CHECK(record::values_at<double>(results, "trials/loss") == std::vector<double>{3.5 + end + 0, 3.5 + end + 0.001,
                                                                                 1.5 + end + 0.002, 1.5 + end + 0.003,
                                                                                 2.5 + end + 0.004, 2.5 + end + 0.005});
  CHECK(record::values_at<std::int64_t>(results, "trials/config") == std::vector<std::int64_t>{0, 0, 1, 1, 2, 2});
  CHECK(record::values_at<std::int64_t>(results, "trials/repeat") == std::vector<std::int64_t>{0, 1, 0, 1, 0, 1});
  CHECK(record::values_at<double>(results, "trials/params/x") == std::vector<double>{3.5, 3.5, 1.5, 1.5, 2.5, 2.5});
  CHECK(record::values_at<std::int64_t>(results, "best/trial") == std::vector<std::int64_t>{2});
  CHECK(record::values_at<double>(results, "best/params/x") == std::vector<double>{1.5});
  CHECK(record::values_at<std::int64_t>(results, "best/kept_epochs") == std::vector<std::int64_t>{7});
  CHECK(record::values_at<std::int64_t>(results, "best/config_by_median") == std::vector<std::int64_t>{1});
  const auto& history = record::dataset_at(results, "history/value");
  CHECK(history.shape == std::vector<std::uint64_t>{6, 7});
  CHECK(record::values_at<double>(results, "history/cost")[13] == 6);
  CHECK(record::values_at<std::int64_t>(results, "configs/n") == std::vector<std::int64_t>{2, 2, 2});
  CHECK(record::values_at<double>(results, "configs/mean")[1] == Approx(1.5 + end + 0.0025));
  CHECK(record::values_at<double>(results, "configs/ci_high")[1] == Approx(1.5 + end + 0.0025 + 12.706204736 * 0.0005));
  CHECK(record::dataset_at(results, "configs/label").strings == std::vector<std::string>{"x=3.5", "x=1.5", "x=2.5"});
}

TEST_CASE("Cutting trainings into segments changes no bit", "[tune]") {
  GridJob whole(kNumbers, 2, 7, 7), threes(kNumbers, 2, 7, 3), ones(kNumbers, 2, 7, 1);
  const record::Group results = whole.run();
  CHECK(record::same_bits(results, threes.run()));
  CHECK(record::same_bits(results, ones.run()));
}

TEST_CASE("Failed trainings are recorded as infinitely bad and never dropped", "[tune]") {
  GridJob grid({-1, 2.5, 99}, 1);
  const record::Group results = grid.run();
  const auto losses = record::values_at<double>(results, "trials/loss");
  CHECK(std::isinf(losses[0]));
  CHECK(std::isfinite(losses[1]));
  CHECK(std::isinf(losses[2]));
  CHECK(record::values_at<std::int8_t>(results, "trials/state") == std::vector<std::int8_t>{2, 0, 3});
  CHECK(record::values_at<std::int64_t>(results, "trials/first_bad_epoch") == std::vector<std::int64_t>{2, -1, -1});
  CHECK(record::dataset_at(results, "trials/fail_reason").strings[2] == "99 cannot be tried");
  CHECK(record::values_at<std::int64_t>(results, "best/trial") == std::vector<std::int64_t>{1});
  CHECK(record::values_at<std::int64_t>(results, "configs/failed") == std::vector<std::int64_t>{1, 0, 1});
  CHECK(std::isinf(record::values_at<double>(results, "configs/median")[0]));
  CHECK(grid.job.n_failed() == 2);
}

TEST_CASE("Without one good trial there is no best", "[tune]") {
  GridJob grid({99, -1}, 1);
  const record::Group results = grid.run();
  CHECK(results.groups.count("best") == 0);
  CHECK(grid.job.best_trial() == -1);
}

TEST_CASE("A metric to maximise is stored as minus loss", "[tune]") {
  GridJob grid(kNumbers, 1);
  grid.objective.maximises = true;
  const record::Group results = grid.run();
  CHECK(record::values_at<std::int64_t>(results, "best/trial") == std::vector<std::int64_t>{0});
  CHECK(record::values_at<double>(results, "best/loss")[0] == Approx(-3.5 - 1 / 7.0));
}

TEST_CASE("Partial results say what is not finished", "[tune]") {
  GridJob grid(kNumbers, 2);
  int polls = 0;
  tasks::SerialHooks hooks;
  hooks.poll = [&polls]() -> std::optional<tasks::StopKind> {
    return ++polls > 4 ? std::optional(tasks::StopKind::soft) : std::nullopt;
  };
  tasks::Policy policy;
  policy.slice_seconds = 0;  // one task at a time
  const tasks::RunSummary summary = tasks::run_serial(grid.job, policy, std::move(hooks));
  REQUIRE(summary.outcome == tasks::Outcome::stopped);
  const record::Group results = grid.results();
  const auto states = record::values_at<std::int8_t>(results, "trials/state");
  CHECK(states.back() == static_cast<std::int8_t>(search::State::unfinished));
  CHECK(std::isnan(record::values_at<double>(results, "trials/loss").back()));
}

TEST_CASE("An interrupted job that goes on equals an uninterrupted one", "[tune]") {
  GridJob whole(kNumbers, 2);
  const record::Group expected = whole.run();
  for (int allowed = 1; allowed < 22; ++allowed) {
    tasks::MemoryJournal journal;
    GridJob first(kNumbers, 2);
    int polls = 0;
    tasks::SerialHooks hooks;
    hooks.journal = &journal;
    hooks.poll = [&]() -> std::optional<tasks::StopKind> {
      return ++polls > allowed ? std::optional(tasks::StopKind::soft) : std::nullopt;
    };
    tasks::Policy policy;
    policy.slice_seconds = 0;
    tasks::run_serial(first.job, policy, std::move(hooks));

    GridJob second(kNumbers, 2);
    tasks::SerialHooks again;
    again.replay = journal.runs;  // the blobs are gone: predecessors are computed again
    const tasks::RunSummary summary = tasks::run_serial(second.job, policy, std::move(again));
    REQUIRE(summary.outcome == tasks::Outcome::complete);
    CHECK(record::same_bits(second.results(), expected));
  }
}
