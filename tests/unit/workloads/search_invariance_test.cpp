// SPDX-License-Identifier: Apache-2.0
// The same search on any number of workers, in any order of completion, after any number of crashes.
#include <fmt/format.h>

#include "curve_search.hpp"
#include "tree_values.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;

namespace {

const std::vector<std::pair<std::string, std::string>> kSchedulers = {
    {"none", ""},
    {"asha", "min_resource = 1\nreduction = 3\n"},
    {"asha", "form = \"promotion\"\nmin_resource = 2\nreduction = 3\n"},
    {"hyperband", "reduction = 3\n"},
    {"bohb", "reduction = 3\n"},
    {"pbt", "interval = 6\n"},
};

// Task times between 0.1 ms and 0.1 s that have nothing to do with the order of tasks.
std::function<double(tasks::TaskId)> shuffled_seconds(std::uint64_t seed) {
  return [seed](tasks::TaskId id) {
    return 1e-4 * static_cast<double>(1 + random::mix(seed + static_cast<std::uint64_t>(id.task)) % 1000);
  };
}

// Simulated ranks; crashes at `crash_at` once and is continued without the blobs of the first run.
record::Group simulated(const CurveSetting& setting, int ranks, int threads, std::uint64_t seed, bool crash) {
  tasks::SimulationModel model;
  model.n_ranks = ranks;
  model.threads_per_rank = threads;
  model.task_seconds = shuffled_seconds(seed);
  model.delay_probability = 0.2;
  model.delay_seconds = 0.05;
  model.seed = seed;
  tasks::MemoryJournal journal;
  if (crash) {
    CurveSearch first(setting);
    model.crash_at = 0.3 + 0.2 * static_cast<double>(seed % 5);
    tasks::simulate(*first.job, {}, model, &journal);
    model.crash_at.reset();
  }
  CurveSearch search(setting);
  const auto end = tasks::simulate(*search.job, {}, model, nullptr, journal.runs);
  INFO((end.summary.failure ? end.summary.failure->text : ""));
  REQUIRE(end.summary.outcome == tasks::Outcome::complete);
  return search.results();
}

void check_invariance(const CurveSetting& setting) {
  CAPTURE(setting.algorithm, setting.scheduler, setting.scheduler_keys, setting.repeats);
  CurveSearch serial(setting);
  const record::Group expected = serial.run();
  std::uint64_t seed = 1;
  for (const int ranks : {1, 2, 4}) {
    for (const int threads : {1, 2}) {
      for (const bool crash : {false, true}) {
        CAPTURE(ranks, threads, crash, seed);
        CHECK(record::same_bits(simulated(setting, ranks, threads, seed++, crash), expected));
      }
    }
  }
}

}  // namespace

TEST_CASE("Every algorithm finds the same trials on any workers, in any order, after a crash", "[tune][invariance]") {
  for (const search::AlgorithmInfo& algorithm : search::all_algorithms()) {
    REQUIRE(algorithm.unsuitable(curve_space(algorithm.name == "grid")).empty());
    CurveSetting setting;
    setting.algorithm = algorithm.name;
    check_invariance(setting);
    setting.repeats = 2;
    setting.trials = 20;
    check_invariance(setting);
  }
}

TEST_CASE("So does every scheduler, with and without an algorithm that learns", "[tune][invariance]") {
  for (const auto& [scheduler, keys] : kSchedulers) {
    for (const std::string algorithm : {"random", "tpe"}) {
      if (scheduler == "bohb" && algorithm != "tpe") continue;
      CurveSetting setting;
      setting.algorithm = algorithm;
      setting.scheduler = scheduler;
      setting.scheduler_keys = keys;
      if (scheduler == "pbt") setting.trials = 12;
      check_invariance(setting);
    }
  }
}

TEST_CASE("Cutting legs into segments changes no bit under any scheduler", "[tune]") {
  for (const auto& [scheduler, keys] : kSchedulers) {
    CurveSetting setting;
    setting.scheduler = scheduler;
    setting.scheduler_keys = keys;
    setting.segment_epochs = 27;
    setting.window = 0;  // more segments mean more tasks between proposals; here all is seen
    CAPTURE(scheduler, keys);
    CurveSearch whole(setting);
    const record::Group expected = whole.run();
    setting.segment_epochs = 2;
    CurveSearch cut(setting);
    const record::Group found = cut.run();
    if (scheduler == "asha") continue;  // what may be seen is counted in tasks, of which there are more
    CHECK(record::same_bits(found, expected));
  }
}

TEST_CASE("A longer search equals a shorter one that was extended", "[tune]") {
  for (const auto& [scheduler, keys] : std::vector(kSchedulers.begin(), kSchedulers.begin() + 3)) {
    for (const std::string algorithm : {"random", "tpe"}) {
      CAPTURE(scheduler, keys, algorithm);
      CurveSetting setting;
      setting.scheduler = scheduler;
      setting.scheduler_keys = keys;
      setting.algorithm = algorithm;
      CurveSetting shorter = setting;
      shorter.trials = 23;
      CurveSearch whole(setting), first(shorter), second(setting);
      const record::Group expected = whole.run();
      tasks::MemoryJournal journal;
      tasks::SerialHooks hooks;
      hooks.journal = &journal;
      first.run(std::move(hooks));
      tasks::SerialHooks again;
      for (const tasks::ResultRun& run : journal.runs) {
        if (run.round == 0) again.replay.push_back(run);  // as a complete result keeps them
      }
      REQUIRE_FALSE(again.replay.empty());
      CHECK(record::same_bits(second.run(std::move(again)), expected));
    }
  }
}
