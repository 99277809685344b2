// SPDX-License-Identifier: Apache-2.0
// Searches whose trainings run side by side against the same searches trial by trial: bit for bit.
#include <fmt/format.h>

#include "loaded_tune.hpp"
#include "tree_values.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;

namespace {

// Counts what runs together.
class CountingJob final : public tasks::Job {
 public:
  explicit CountingJob(tasks::Job& job) : job_(job) {}
  tasks::Round prepare_round(std::int64_t s, std::int64_t r) override { return job_.prepare_round(s, r); }
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending* p) override { return job_.prepare(id, p); }
  void restore(tasks::TaskId id, const tasks::Prepared& what, const tasks::Pending* p) override { job_.restore(id, what, p); }
  bool run(const tasks::TaskInput& in, tasks::Workspace* w, tasks::TaskOutput& out) const override { return job_.run(in, w, out); }
  bool run_together(std::span<const tasks::TaskInput> in, tasks::Workspace* w, std::span<tasks::TaskOutput> out) const override {
    n_together += std::ssize(in);
    return job_.run_together(in, w, out);
  }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return job_.make_workspace(); }
  void fold(tasks::TaskId id, tasks::ByteView result) override { job_.fold(id, result); }
  mutable std::int64_t n_together = 0;

 private:
  tasks::Job& job_;
};

struct Found {
  record::Group results;
  std::int64_t n_together = 0;
};

Found found(const std::string& text, tasks::ChunkRule chunks, tasks::SerialHooks hooks = {}) {
  Loaded loaded(text);
  INFO(loaded.diagnostics.to_text());
  REQUIRE(loaded.diagnostics.empty());
  CountingJob job(loaded.tune.job());
  tasks::Policy policy;
  policy.chunks = chunks;
  const tasks::RunSummary summary = tasks::run_serial(job, policy, std::move(hooks));
  INFO((summary.failure ? summary.failure->text : ""));
  REQUIRE_FALSE(summary.failure.has_value());
  return {loaded.results(), job.n_together};
}

std::string input(const std::string& network, const std::string& space, const std::string& search) {
  return fmt::format("[data]\nsource = \"lorenz\"\npoints = 500\ntrain_points = [0, 200]\nvalidation_points = [200, 300]\n[network]\n{}[space]\n{}[search]\n{}", network, space, search);
}

const std::string kNetwork = "hidden = [5, 8, 5]\nbatch = 32\nepochs = 4\n";
const std::string kRates = "learning_rate = { loguniform = [1e-4, 1e-1] }\n";

}  // namespace

TEST_CASE("Trainings side by side give the results of trainings alone in every kind of search", "[tune][invariance]") {
  struct Case {
    std::string network, space, search;
    std::int64_t at_least;  // so many trials meet others
  };
  const std::string random = "algorithm = \"random\"\ntrials = 40\n";
  const std::vector<Case> cases = {
      {kNetwork, kRates, random, 32},
      {kNetwork, kRates + "hidden = [[5, 8, 5], [3]]\n", random, 16},
      {kNetwork + "optimizer = \"sgd\"\n", "learning_rate = { choice = [1e-3, 1e6] }\n", random, 32},
      {kNetwork, "learning_rate = { choice = [1e-3, 1e-2] }\n", "algorithm = \"random\"\ntrials = 3\nrepeats = 12\n", 32},
      {kNetwork, kRates, "algorithm = \"tpe\"\ntrials = 40\nwindow = 20\n", 32},
      {kNetwork, kRates, "algorithm = \"random\"\ntrials = 60\nscheduler = \"asha\"\nwindow = 40\n[search.asha]\nmin_resource = 1\nreduction = 2\n", 32},
      {kNetwork, kRates, "algorithm = \"random\"\ntrials = 32\nscheduler = \"pbt\"\n[search.pbt]\ninterval = 2\n", 64},
      {kNetwork + "validate_every = 3\nmetrics = [\"mae\"]\n", kRates, random, 32},
      {kNetwork + "dropout = 0.1\n", kRates, random, 0},
      {kNetwork + "early_stopping = { patience = 1 }\n", kRates, random, 0},
      {"batch = 100\nepochs = 3\n", kRates, random, 0},
  };
  for (const Case& c : cases) {
    const std::string text = input(c.network, c.space, c.search);
    CAPTURE(text);
    const Found alone = found(text, tasks::ChunkRule::one), together = found(text, tasks::ChunkRule::automatic);
    CHECK(alone.n_together == 0);
    CHECK(together.n_together >= c.at_least);
    CHECK((c.at_least > 0 || together.n_together == 0));
    CHECK(record::same_bits(together.results, alone.results));
  }
}

TEST_CASE("A search that is stopped among trainings side by side goes on to the same results", "[tune][invariance]") {
  const std::string text = input(kNetwork, kRates, "algorithm = \"tpe\"\ntrials = 60\nwindow = 20\n");
  const record::Group expected = found(text, tasks::ChunkRule::one).results;
  for (int turns = 1; turns < 6; turns += 2) {
    CAPTURE(turns);
    tasks::MemoryJournal journal;
    tasks::SerialHooks hooks;
    hooks.journal = &journal;
    hooks.poll = [n = turns]() mutable { return --n < 0 ? std::optional(tasks::StopKind::hard) : std::nullopt; };
    found(text, tasks::ChunkRule::automatic, std::move(hooks));
    tasks::SerialHooks again;
    again.replay = journal.runs;
    CHECK(record::same_bits(found(text, tasks::ChunkRule::automatic, std::move(again)).results, expected));
  }
}

TEST_CASE("Groups take no longer than one piece of a long training", "[tune]") {
  const std::string search = "algorithm = \"random\"\ntrials = 40\n";
  const std::string text = input(kNetwork, kRates, search) + "[objective]\nsegment_flop = 5e6\n";
  CHECK(found(text, tasks::ChunkRule::automatic).n_together == 0);
}
