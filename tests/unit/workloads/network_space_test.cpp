// SPDX-License-Identifier: Apache-2.0
// Every hyperparameter of a network can be searched: each key of the schema of [network], bound through [space].
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "catch.hpp"
#include "loaded_tune.hpp"
#include "nn/named_table.hpp"
#include "tree_values.hpp"
#include "workloads/tune/network_at_point.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;

namespace {

// What a key may be, as TOML: the first ones that it takes are tried.
std::vector<std::string> candidates() {
  std::vector<std::string> texts = {"0.25", "0.5", "2", "3", "7", "true", "false", "[4]", "[5, 4]", "\"balanced\"", "[1.0, 2.0]",
                                    "\"validation_loss\"", "\"loss\"", "[\"mae\"]", "[\"rmse\"]"};
  for (const nn::NamedTable& kind : nn::all_named_tables())
    for (const std::string& name : kind.names()) texts.push_back('"' + name + '"');
  for (const char* name : {"auto", "linear", "zeros", "glorot_uniform", "he_normal", "glorot_normal"}) texts.push_back(fmt::format("\"{}\"", name));
  return texts;
}

// A table of TOML as a value.
config::Value parsed(const std::string& text) {
  config::Diagnostics diagnostics("test.toml", text);
  config::Value value = config::read_toml(diagnostics);
  diagnostics.throw_if_any();
  return value;
}

// All that a network is, as text; nothing if it is not allowed.
std::optional<std::string> described(const config::Value& network, const search::Space& space, const search::Point& point) {
  config::Diagnostics diagnostics("test.toml", "");
  nn::NetworkParameters parameters = NetworkAtPoint(network, space).at(point, diagnostics);
  if (diagnostics.count() > 0) return std::nullopt;
  config::Table table;
  nn::bind(table, parameters);
  std::string text;
  for (const config::Resolved& resolved : table.resolved()) text += fmt::format("{} = {}\n", resolved.name, config::to_text(resolved.value));
  return text;
}

search::Space space_of(const std::string& text) {
  config::Diagnostics diagnostics("test.toml", text);
  search::Space space = search::Space::parse(expand_space(parsed(text)), nn::network_keys(), diagnostics);
  INFO(diagnostics.to_text());
  REQUIRE(diagnostics.empty());
  return space;
}

// The table that a constant of a named table needs: optimizer = { name = "sgd" } for optimizer.momentum.
std::string base_of(const std::string& key) {
  for (const nn::NamedTable& kind : nn::all_named_tables()) {
    const std::string prefix = std::string(kind.key) + ".";
    if (!key.starts_with(prefix) || key == prefix + "name") continue;
    for (const std::string& name : kind.names()) {
      const std::vector<std::string> keys = nn::constant_keys(kind.key, name);
      if (std::find(keys.begin(), keys.end(), key.substr(prefix.size())) != keys.end())
        return fmt::format("{} = {{ name = \"{}\" }}", kind.key, name);
    }
  }
  return "";
}

const std::string kData =
    "[data]\nsource = \"lorenz\"\npoints = 2000\nt_end = 4.0\nsteps_ahead = 20\ntrain_points = [0, 200]\nvalidation_points = [1000, 1200]\n";

}  // namespace

TEST_CASE("Each key of a network can be searched, and gives what it gives in [network]", "[tune]") {
  const search::Space nothing;
  for (const std::string& key : nn::network_keys()) {
    const std::string base = base_of(key);
    std::vector<std::string> texts, networks;
    for (const std::string& text : candidates()) {
      config::Value network = parsed(base);
      const config::Value value = parsed("value = " + text);
      network.set(key, *value.find("value"), {});
      const std::optional<std::string> found = described(network, nothing, {});
      if (!found || std::find(networks.begin(), networks.end(), *found) != networks.end()) continue;
      texts.push_back(text);
      networks.push_back(*found);
      if (texts.size() == 2) break;
    }
    INFO(key << " in " << base);
    REQUIRE(texts.size() == 2);
    const search::Space space = space_of(fmt::format("{} = {{ choice = [{}, {}] }}", key, texts[0], texts[1]));
    for (std::int64_t i = 0; i < 2; ++i)
      CHECK(described(parsed(base), space, space.grid_point(i)) == networks[static_cast<std::size_t>(i)]);
    if (texts[0] != "0.25") continue;  // a real number: between the two, too
    const search::Space range = space_of(fmt::format("{} = {{ uniform = [0.25, 0.5] }}", key));
    const auto middle = described(parsed(base), range, {0.375});
    REQUIRE(middle.has_value());
    CHECK(middle->find("0.375") != std::string::npos);
  }
}

TEST_CASE("What cannot be searched is refused with the reason", "[tune]") {
  const auto error = [](const std::string& space, const std::string& search = "trials = 4", const std::string& network = "epochs = 9") {
    return error_of(fmt::format("{}[network]\n{}\n[space]\n{}\n[search]\n{}\n", kData, network, space, search));
  };
  const auto has = [](const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
  };
  CHECK(has(error("steps_ahead = [1, 2]"), "unknown key `steps_ahead` in [space]"));
  CHECK(has(error("learning_rat = [0.1, 0.2]"), "did you mean `learning_rate`?"));
  CHECK(has(error("epochs = [5, 9]", "trials = 2\nalgorithm = \"grid\"\nscheduler = \"asha\""),
            "trials differ in epochs (5 and 9): what a scheduler divides cannot be searched too"));
  CHECK(has(error("hidden = { uniform = [0.1, 0.9] }"), "hidden"));
  CHECK(has(error("name = [1, 2]"), "`name`"));
  // Losses of different kinds share no metric.
  CHECK(has(error("loss = [\"mse\", \"mae\"]"), "the metric `validation_rmse` is not computed"));
}

TEST_CASE("Schedulers compare validations only where there are some", "[tune]") {
  const auto error = [](const std::string& network, const std::string& search) {
    return error_of(fmt::format("{}[network]\n{}\n[space]\nlearning_rate = [0.1, 0.2]\n[search]\ntrials = 4\nalgorithm = \"random\"\n{}\n", kData, network, search));
  };
  const auto refused = [&](const std::string& network, const std::string& search) {
    return error(network, search).find("has a value only every") != std::string::npos;
  };
  const std::string said = error("epochs = 27\nvalidate_every = 2", "scheduler = \"asha\"\nasha.reduction = 3");
  CHECK(said.find("`asha` compares trials after 1 epochs, but validation_rmse has a value only every 2") != std::string::npos);
  CHECK(said.find("set validate_every = 1, or rungs that are multiples of it (min_resource, interval)") != std::string::npos);
  CHECK(said.find("validate_every = 2\n") != std::string::npos);  // at its place
  CHECK_FALSE(refused("epochs = 27\nvalidate_every = 3", "scheduler = \"asha\"\nasha.reduction = 3\nasha.min_resource = 3"));
  CHECK_FALSE(refused("epochs = 27\nvalidate_every = 2", "scheduler = \"none\""));
  CHECK(refused("epochs = 27\nvalidate_every = 2", "scheduler = \"pbt\"\npbt.interval = 3"));
  CHECK_FALSE(refused("epochs = 27\nvalidate_every = 3", "scheduler = \"pbt\"\npbt.interval = 3"));
  CHECK(refused("epochs = 27\nvalidate_every = 0", "scheduler = \"hyperband\""));
}

TEST_CASE("bohb is hyperband with tpe", "[tune]") {
  const std::string input = "[objective]\nkind = \"expression\"\nexpression = \"x^2 / step\"\nsteps = 9\n[space]\nx = { uniform = [-1, 1] }\n[search]\n";
  Loaded bohb(input + "scheduler = \"bohb\"\n");
  Loaded hyperband(input + "scheduler = \"hyperband\"\nalgorithm = \"tpe\"\n");
  CHECK(record::same_bits(bohb.run(), hyperband.run()));
  CHECK(error_of(input + "scheduler = \"bohb\"\nalgorithm = \"random\"\n").find("bohb proposes by tpe, not by random") != std::string::npos);
}
