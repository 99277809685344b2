// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "loaded_tune.hpp"
#include "shoal/error.hpp"
#include "shoal/record/digest.hpp"
#include "tree_values.hpp"
#include "workloads/tune/model_record.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;

namespace {

// A forecaster that trains in milliseconds.
const std::string kData =
    "[data]\nsource = \"lorenz\"\npoints = 2000\nt_end = 4.0\nsteps_ahead = 20\ntrain_points = [0, "
    "200]\nvalidation_points = [1000, 1200]\n";
const std::string kNetwork = "[network]\nhidden = [4]\nbatch = 50\nepochs = 12\n";
const std::string kGrid =
    "[space]\nhidden = [[4], [6, 5]]\nlearning_rate = [1e-3, 1e-2]\n[search]\nalgorithm = \"grid\"\nrepeats = 2\n";

}  // namespace

TEST_CASE("A grid of networks is trained and the best one kept", "[tune]") {
  Loaded loaded(kData + kNetwork + kGrid);
  const record::Group results = loaded.run();
  const auto losses = record::values_at<double>(results, "trials/loss");
  REQUIRE(losses.size() == 8);
  CHECK(record::values_at<std::int8_t>(results, "trials/state") == std::vector<std::int8_t>(8, 0));
  CHECK(losses[0] != losses[1]);  // repeats differ in their seeds
  const auto best = static_cast<std::size_t>(record::values_at<std::int64_t>(results, "best/trial")[0]);
  CHECK(losses[best] == *std::min_element(losses.begin(), losses.end()));
  CHECK(record::values_at<double>(results, "best/loss")[0] == losses[best]);
  const auto rmse = record::values_at<double>(results, "history/validation_rmse");
  REQUIRE(rmse.size() == 8 * 12);
  for (std::size_t t = 0; t < 8; ++t) CHECK(rmse[t * 12 + 11] == losses[t]);
  CHECK(record::values_at<std::int64_t>(results, "best/model/layers")[0] >= 2);
  CHECK(record::dataset_at(results, "best/model/input_names").strings == std::vector<std::string>{"x", "y", "z"});
  CHECK(record::dataset_at(results, "trials/params/hidden").flags.back().second == "[6,5]");
  CHECK(record::values_at<double>(results, "trials/params/learning_rate")[2] == 1e-2);
  CHECK(loaded.tune.headline().starts_with("best loss "));
  CHECK(loaded.tune.report().size() == 7);
  CHECK_FALSE(loaded.tune.too_many_failed().has_value());
}

TEST_CASE("The stored model gives the loss of its trial", "[tune]") {
  Loaded loaded(kData + kNetwork + kGrid);
  const record::Group results = loaded.run();
  const nn::Model model = read_model(results.groups.at("best").groups.at("model"));
  config::Diagnostics diagnostics("test", kData);
  nn::DataParameters parameters;
  config::Table table;
  nn::bind(table.table("data", ""), parameters);
  table.read(config::read_toml(diagnostics), diagnostics);
  const nn::Dataset dataset = nn::load_dataset(parameters, ".", 3);
  const std::vector<float> outputs = nn::predict(model, dataset.validation.inputs);
  double squares = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double error = static_cast<double>(outputs[i]) - static_cast<double>(dataset.validation.targets[i]);
    squares += error * error;
  }
  CHECK(std::sqrt(squares / static_cast<double>(outputs.size())) ==
        Approx(record::values_at<double>(results, "best/loss")[0]).epsilon(1e-5));
}

TEST_CASE("Segments equal an unsegmented training bit for bit", "[tune]") {
  const std::string text = kData + kNetwork + kGrid;
  Loaded whole(text), cut("[objective]\nsegment_flop = 2e5\n" + text);
  const record::Group expected = whole.run();
  CHECK(record::same_bits(expected, cut.run()));
  // 16 epochs in pieces of 5 or fewer: an epoch of the smallest network is 6 * 31 * 200 flop.
  CHECK(whole.tune.tune_job().n_segments() == whole.tune.tune_job().n_trials());
  CHECK(cut.tune.tune_job().n_segments() >= 3 * cut.tune.tune_job().n_trials());
  CHECK(record::digest(cut.results()) == record::digest(expected));
}

TEST_CASE("An interrupted search that goes on equals an uninterrupted one", "[tune]") {
  const std::string text = "[objective]\nsegment_flop = 2e5\n" + kData + kNetwork + kGrid;
  Loaded whole(text);
  const record::Group expected = whole.run();
  for (const int allowed : {1, 5, 9, 17, 23}) {
    tasks::MemoryJournal journal;
    Loaded first(text), second(text);
    int polls = 0;
    tasks::SerialHooks hooks;
    hooks.journal = &journal;
    hooks.poll = [&]() -> std::optional<tasks::StopKind> {
      return ++polls > allowed ? std::optional(tasks::StopKind::soft) : std::nullopt;
    };
    first.run(std::move(hooks));
    CHECK_FALSE(record::same_bits(first.results(), expected));
    tasks::SerialHooks again;
    again.replay = journal.runs;
    CHECK(record::same_bits(second.run(std::move(again)), expected));
  }
}

TEST_CASE("Diverging trainings are recorded with infinite loss, their first bad epoch and the reason", "[tune]") {
  Loaded loaded(kData +
                "[network]\nhidden = [8, 8]\nepochs = 20\noptimizer = { name = \"sgd\", learning_rate = 1e-3 }\n"
                "[space]\nlearning_rate = [1e-5, 1e6]\n[search]\nalgorithm = \"grid\"\n");
  const record::Group results = loaded.run();
  CHECK(record::values_at<std::int8_t>(results, "trials/state") == std::vector<std::int8_t>{0, 2});
  CHECK(std::isinf(record::values_at<double>(results, "trials/loss")[1]));
  CHECK(record::values_at<std::int64_t>(results, "trials/first_bad_epoch")[1] >= 0);
  CHECK(record::dataset_at(results, "trials/fail_reason")
            .strings[1]
            .starts_with("loss or weights became NaN or infinite in epoch "));
  CHECK(record::values_at<std::int64_t>(results, "best/trial")[0] == 0);
}

TEST_CASE("A search in which everything failed says so", "[tune]") {
  Loaded loaded(kData +
                "[network]\nhidden = [8, 8]\nepochs = 20\noptimizer = \"sgd\"\n[space]\nlearning_rate = [1e5, "
                "1e6]\n[search]\nalgorithm = \"grid\"\n");
  const record::Group results = loaded.run();
  CHECK(results.groups.count("best") == 0);
  REQUIRE(loaded.tune.too_many_failed().has_value());
  CHECK(loaded.tune.too_many_failed()->starts_with("all 2 trials failed; the first: loss or weights"));
  CHECK(loaded.tune.headline().empty());
}

TEST_CASE("Conditional optimiser settings follow their branch", "[tune]") {
  Loaded loaded(
      kData +
      "[network]\nhidden = [4]\nepochs = 3\noptimizer = { name = \"adam\", beta_1 = 0.8 }\n"
      "[space]\noptimizer = { choice = [\"adam\", { name = \"sgd\", momentum = { uniform = [0.0, 0.9] } }] }\n"
      "learning_rate = { loguniform = [1e-5, 1e-4] }\n[search]\nalgorithm = \"random\"\ntrials = 12\n");
  const record::Group results = loaded.run();
  const auto optimizers = record::values_at<std::int32_t>(results, "trials/params/optimizer");
  const auto momenta = record::values_at<double>(results, "trials/params/optimizer.momentum");
  CHECK(record::values_at<std::int8_t>(results, "trials/state") == std::vector<std::int8_t>(12, 0));
  for (std::size_t t = 0; t < 12; ++t) CHECK(std::isnan(momenta[t]) == (optimizers[t] == 0));
}

TEST_CASE("Trainings of different lengths share one history", "[tune]") {
  Loaded loaded(kData + kNetwork + "[space]\nepochs = [2, 5]\n[search]\nalgorithm = \"grid\"\n");
  const record::Group results = loaded.run();
  CHECK(record::dataset_at(results, "history/loss").shape == std::vector<std::uint64_t>{2, 5});
  const auto loss = record::values_at<double>(results, "history/loss");
  CHECK(std::isfinite(loss[1]));
  CHECK(std::isnan(loss[2]));
  CHECK(std::isfinite(loss[9]));
}

TEST_CASE("A search may vary the loss where all trials share the metric", "[tune]") {
  Loaded loaded(kData +
                "[network]\nhidden = [4]\nepochs = 2\nmetrics = [\"rmse\"]\n[space]\nactivation = [\"relu\", "
                "\"tanh\"]\ninitialisation = [\"he_normal\"]\n"
                "[search]\nalgorithm = \"grid\"\n");
  CHECK(record::values_at<double>(loaded.run(), "trials/loss").size() == 2);
}

TEST_CASE("What a search will need is told before it runs", "[tune]") {
  Loaded loaded("[objective]\nsegment_flop = 1e6\n" + kData + kNetwork + kGrid);
  const auto estimate = loaded.tune.estimate();
  CHECK(estimate.max_parallel_tasks == 8);
  CHECK(estimate.flop > 0);
  CHECK(estimate.rank_bytes > 0);
  loaded.run();
  CHECK(estimate.n_tasks == loaded.tune.tune_job().n_segments() + 1);
  const auto lines = loaded.tune.describe();
  CHECK(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("4 configurations x 2 repeats = 8 trials") != std::string::npos;
  }));
  CHECK(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("hidden=[6,5] learning_rate=0.01") != std::string::npos;
  }));
}

TEST_CASE("Mistakes of a tune input are named with place and remedy", "[tune]") {
  struct Case {
    std::string text, message;
  };
  const std::string search = "[search]\ntrials = 3\n";
  for (const Case& c : std::vector<Case>{
           {"[objective]\nkind = \"expression\"\n" + search, "missing key `expression` in [objective]"},
           {kData + "[space]\nlearning_rate = { uniform = [0.1, 0.2] }\n[search]\nalgorithm = \"grid\"\n",
            "`learning_rate` is continuous"},
           {kData + "[space]\nepochs = [1, 2]\n[search]\nalgorithm = \"grid\"\ntrials = 3\n",
            "the grid has only 2 points"},
           {kData + "[space]\nepochs = [1, 2]\n", "missing key `trials` in [search]"},
           {kData + "[space]\nlearning_rat = [0.1]\n" + search, "did you mean `learning_rate`?"},
           {kData + "[space]\nlearning_rate = [0.1, -1]\n[search]\nalgorithm = \"grid\"\n", "test.toml:9:"},
           {kData + "[space]\nhidden = [5, 8, 5]\n" + search,
            "a list means each of its elements: one list as a value is [[5, 8, 5]]"},
           {kData + "[space]\nhidden = [5, 8]\n" + search, "E020"},
           {kData + "[space]\noptimizer = [\"adma\"]\n" + search, "did you mean `adam`?"},
           {kData + "[space]\noptimizer = { choice = [{ name = \"adam\", momentum = 0.9 }] }\n" + search, "momentum"},
           {"[objective]\nmetric = \"validation_acuracy\"\n" + kData + search,
            "the metric `validation_acuracy` is not computed; there are:"},
           {kData + "[search]\nwindow = \"fre\"\ntrials = 1\n", "expected an integer in [1, 1000000] or \"free\""},
           {kData + "[network]\nloss = \"binary_crossentropy\"\n" + search, "E030"}}) {
    const std::string message = error_of(c.text);
    INFO(c.text << "\n" << message);
    CHECK(message.starts_with("error E0"));
    CHECK(message.find("1 error.") != std::string::npos);
    CHECK(message.find(c.message) != std::string::npos);
  }
}
