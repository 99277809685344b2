// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/network_parameters.hpp"

#include <algorithm>

#include "catch.hpp"
#include "nn/initialisation.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "small_data.hpp"

using namespace shoal;
using namespace shoal::nn;

namespace {

// Reads a [network] table; `errors` gets the diagnostics' text.
NetworkParameters read(const std::string& text, std::string* errors = nullptr) {
  NetworkParameters n;
  config::Table table;
  bind(table, n);
  config::Diagnostics diagnostics("test.toml", text);
  table.read(config::read_toml(diagnostics), diagnostics);
  if (errors != nullptr) *errors = diagnostics.empty() ? "" : diagnostics.to_text();
  else REQUIRE(diagnostics.empty());
  return n;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("an optimiser may be a name or a table, and each name has its own learning rate", "[unit]") {
  REQUIRE(read("").optimizer.name == "adam");
  REQUIRE(read("optimizer = \"sgd\"").optimizer.learning_rate == 1e-2);
  REQUIRE(read("optimizer = \"rmsprop\"").optimizer.learning_rate == 1e-3);
  const NetworkParameters n = read("optimizer = { name = \"sgd\", momentum = 0.9, nesterov = true }");
  REQUIRE(n.optimizer.learning_rate == 1e-2);
  REQUIRE(n.optimizer.momentum == 0.9);
  REQUIRE(n.optimizer.nesterov);
  REQUIRE(read("optimizer = { learning_rate = 0.5 }").optimizer.name == "adam");
}

TEST_CASE("activation, loss and schedule may be names or tables, class weights a word or a list", "[unit]") {
  const NetworkParameters n = read(
      "activation = { name = \"elu\", alpha = 0.5 }\nloss = { name = \"huber\", delta = 2 }\n"
      "schedule = { name = \"cosine\", warmup = 5, final = 0.1 }\noptimizer = \"adamw\"\nclass_weights = [1, 2.5]\n"
      "[early_stopping]\npatience = 7\nmetric = \"loss\"");
  CHECK(n.activation == "elu");
  CHECK(n.activation_constants.alpha == 0.5);
  CHECK(n.loss_constants.delta == 2);
  CHECK(n.schedule.name == "cosine");
  CHECK(n.schedule.warmup == 5);
  CHECK(n.optimizer.weight_decay == 0.004);
  CHECK(n.class_weights == std::vector<double>{1, 2.5});
  CHECK(n.early_stopping.patience == 7);
  CHECK(read("class_weights = \"balanced\"").balanced_classes);
  std::string errors;
  read("class_weights = [1, -2]", &errors);
  CHECK(contains(errors, "expected \"balanced\" or an array of a number in [0, 1000000] for each class"));
  read("activation = { name = \"relu\", alpha = 1 }", &errors);
  CHECK(contains(errors, "unknown key `alpha`"));
  read("schedule = \"cosin\"", &errors);
  CHECK(contains(errors, "no schedule is called `cosin`"));
  CHECK(contains(errors, "did you mean `cosine`?"));
}

TEST_CASE("mistakes in an optimiser are named", "[unit]") {
  std::string errors;
  read("optimizer = \"adm\"", &errors);
  CHECK(contains(errors, "no optimizer is called `adm`"));
  CHECK(contains(errors, "did you mean `adam`?"));
  read("optimizer = { name = \"adam\", momentum = 0.5 }", &errors);
  CHECK(contains(errors, "unknown key `momentum`"));
  read("optimizer = { name = \"sgd\", learning_rate = -1 }", &errors);
  CHECK(contains(errors, "value out of range"));
  read("optimizer = 3", &errors);
  CHECK(contains(errors, "expected a name or a table with `name`"));
  read("activation = \"softmax\"", &errors);
  CHECK(!errors.empty());
  read("hidden = [5, 0]", &errors);
  CHECK(contains(errors, "value out of range"));
}

TEST_CASE("resolved parameters hold the optimiser with its own keys only, and read back the same", "[unit]") {
  NetworkParameters n = read("optimizer = { name = \"sgd\", momentum = 0.25 }\nepochs = 7");
  config::Table table;
  bind(table, n);
  config::Entries entries;
  for (const auto& key : table.resolved()) {
    // A nested value may come as one table or as dotted names.
    config::Value root{config::Entries(entries)};
    root.set(key.name, key.value);
    entries = *root.get_if<config::Entries>();
  }
  NetworkParameters again;
  config::Table second;
  bind(second, again);
  config::Diagnostics diagnostics("stored", "");
  second.read(config::Value(entries), diagnostics);
  REQUIRE(diagnostics.empty());
  REQUIRE(again.optimizer.name == "sgd");
  REQUIRE(again.optimizer.momentum == 0.25);
  REQUIRE(again.epochs == 7);
}

TEST_CASE("names of tables are expanded so that other tables can be merged over them", "[unit]") {
  config::Value network{config::Entries{{"optimizer", {}, config::Value(std::string("sgd"))}}};
  expand_names(network);
  REQUIRE(network.find("optimizer")->find("name")->get_if<std::string>() != nullptr);
  network.set("optimizer.momentum", config::Value(0.5));
  REQUIRE(config::to_text(*network.find("optimizer")) == "{ name = \"sgd\", momentum = 0.5 }");
}

TEST_CASE("the keys a space may vary include every optimiser's", "[unit]") {
  const auto keys = network_keys();
  for (const char* key : {"hidden", "epochs", "optimizer", "optimizer.name", "optimizer.learning_rate",
                          "optimizer.momentum", "optimizer.beta_1", "optimizer.rho"}) {
    CAPTURE(key);
    REQUIRE(std::ranges::count(keys, key) == 1);
  }
  REQUIRE(optimizer_keys("sgd") == std::vector<std::string>{"learning_rate", "momentum", "nesterov", "weight_decay"});
  REQUIRE(constant_keys("activation", "elu") == std::vector<std::string>{"alpha"});
  REQUIRE(constant_keys("activation", "relu").empty());
  for (const char* key : {"activation.alpha", "loss.label_smoothing", "loss.delta", "schedule.warmup", "schedule.decay",
                          "early_stopping.patience", "dropout", "l2", "clip_norm", "optimizer.weight_decay"}) {
    CAPTURE(key);
    REQUIRE(std::ranges::count(keys, key) == 1);
  }
  REQUIRE(optimizer_keys("nothing").empty());
}

TEST_CASE("weights, operations and outputs are counted", "[unit]") {
  const Dataset numbers = small_dataset(100, 3, 3), classes = small_dataset(100, 3, 1, 4);
  NetworkParameters n;
  REQUIRE(n_weights(n, numbers) == 131);
  REQUIRE(training_flop(n, numbers, 2) == 6.0 * 131 * 100 * 2);
  n.loss = "sparse_categorical_crossentropy";
  REQUIRE(layer_widths(n, classes) == std::vector<std::int64_t>{3, 5, 8, 5, 4});
  REQUIRE(resolved_output_activation(n) == "softmax");
  REQUIRE(resolved_metrics(n) == std::vector<std::string>{"accuracy"});
}

TEST_CASE("initial weights follow their laws", "[unit]") {
  struct Law {
    const char* name;
    double variance, largest;
  };
  const double n_in = 30, n_out = 50;
  const Law laws[] = {{"glorot_uniform", 2 / (n_in + n_out), std::sqrt(6 / (n_in + n_out))},
                      {"glorot_normal", 2 / (n_in + n_out), 2 * std::sqrt(2 / (n_in + n_out)) / 0.8796},
                      {"he_uniform", 2 / n_in, std::sqrt(6 / n_in)},
                      {"he_normal", 2 / n_in, 2 * std::sqrt(2 / n_in) / 0.8796}};
  for (const Law& law : laws) {
    CAPTURE(law.name);
    std::vector<float> weights(20000);
    initialise(law.name, 30, 50, random::Stream(1, 2), 0, weights);
    double sum = 0, squares = 0, largest = 0;
    for (const float w : weights) {
      const auto x = static_cast<double>(w);
      sum += x, squares += x * x, largest = std::max(largest, std::fabs(x));
    }
    const double n = 20000;
    REQUIRE(std::fabs(sum / n) < 4 * std::sqrt(law.variance / n));
    REQUIRE(squares / n == Approx(law.variance).epsilon(0.05));
    REQUIRE(largest <= law.largest);
    REQUIRE(largest > 0.98 * law.largest);
  }
}

TEST_CASE("data parameters read from a table", "[unit]") {
  DataParameters data;
  config::Table table;
  bind(table, data);
  const std::string text = "source = \"csv\"\nfile = \"a.csv\"\ntarget = \"y\"\nsplit = [0.8, 0.2, 0]\nsteps_ahead = 5";
  config::Diagnostics diagnostics("test.toml", text);
  table.read(config::read_toml(diagnostics), diagnostics);
  REQUIRE(diagnostics.empty());
  REQUIRE(data.source == "csv");
  REQUIRE(data.csv.split == std::vector<double>{0.8, 0.2, 0});
  REQUIRE(data.lorenz.steps_ahead == 5);
}
