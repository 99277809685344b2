// SPDX-License-Identifier: Apache-2.0
#include "run/parameters.hpp"

#include "catch.hpp"

using namespace shoal;
using run::changed_keys;

TEST_CASE("equal inputs have no changed keys, in any order of lines", "[unit]") {
  CHECK(changed_keys({"a = 1", "b = \"x = y\""}, {"b = \"x = y\"", "a = 1"}).empty());
}

TEST_CASE("each changed, added and removed key is named with both values", "[unit]") {
  const auto changes = changed_keys({"seed = 1", "search.trials = 100", "old = 3"}, {"seed = 1", "search.trials = 200", "new = [1, 2]"});
  REQUIRE(changes.size() == 3);
  CHECK(run::describe(changes[0]) == "new: not set before, now [1, 2]");
  CHECK(run::describe(changes[1]) == "old: was 3, now not set");
  CHECK(run::describe(changes[2]) == "search.trials: was 100, now 200");
}

TEST_CASE("resolved parameters become nested groups with type, unit and role", "[unit]") {
  using config::Value;
  std::vector<config::Resolved> resolved = {
      {"seed", Value(std::int64_t{7}), "1", config::Role::science, false},
      {"network.optimizer.learning_rate", Value(0.5), "1", config::Role::science, false},
      {"schedule.chunk", Value(std::string("auto")), "1", config::Role::execution, true},
      {"network.hidden", Value(config::Array{Value(std::int64_t{5}), Value(std::int64_t{8})}), "1", config::Role::science, false},
      {"search.flag", Value(true), "1", config::Role::science, false},
  };
  record::Group parameters;
  run::write_parameters(parameters, resolved);
  const auto& rate = parameters.group("network/optimizer").datasets.at("learning_rate");
  CHECK(rate.type == record::Type::f8);
  CHECK(std::get<std::string>(rate.attributes.at("role")) == "science");
  CHECK(parameters.datasets.at("seed").type == record::Type::i8);
  const auto& chunk = parameters.group("schedule").datasets.at("chunk");
  CHECK(chunk.strings == std::vector<std::string>{"auto"});
  CHECK(std::get<std::string>(chunk.attributes.at("role")) == "execution");
  const auto& hidden = parameters.group("network").datasets.at("hidden");
  CHECK(hidden.shape == std::vector<std::uint64_t>{2});
  CHECK(parameters.group("search").datasets.at("flag").flags.size() == 2);
}
