// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "example_schema.hpp"

using namespace shoal::config;

namespace {
std::string errors_with(const std::vector<std::string>& overrides) {
  Example example;
  return errors_of(example, kSound, overrides);
}
}  // namespace

TEST_CASE("overrides are TOML, and bare words are strings", "[unit]") {
  Example e;
  REQUIRE(errors_of(e, kSound,
                    {"search.trials=1e3", "search.algorithm=tpe", "network.hidden=[1, 2]", "title=hello world # 1",
                     "network.shuffle=false", "network.learning_rate = 0.5", "space.a={ choice = [1, 2] }"})
              .empty());
  CHECK(e.trials == 1000);
  CHECK(e.algorithm == "tpe");
  CHECK(e.hidden == std::vector<std::int64_t>{1, 2});
  CHECK(e.common.title == "hello world # 1");
  CHECK_FALSE(e.shuffle);
  CHECK(e.learning_rate == 0.5);
  CHECK(to_text(e.space) == "{ a = { choice = [1, 2] } }");
}

TEST_CASE("the last of several overrides of a key counts, and quoted values stay strings", "[unit]") {
  Example e;
  REQUIRE(errors_of(e, kSound, {"search.trials=5", "search.trials=6", "title=\"7\""}).empty());
  CHECK(e.trials == 6);
  CHECK(e.common.title == "7");
}

TEST_CASE("errors in overrides point into the override", "[unit]") {
  CHECK(errors_with({"seed=1", "search.trials=-40"}) ==
        "error E021: value out of range                               --set\n"
        "  --set | search.trials=-40\n"
        "        |               ^^^ expected an integer >= 1\n"
        "1 error. Nothing was run.");
  CHECK(errors_with({"serch.trials=5"}) ==
        "error E012: unknown key `serch`                              --set\n"
        "  --set | serch.trials=5\n"
        "        | ^^^^^ did you mean `search`?\n"
        "1 error. Nothing was run.");
  CHECK(errors_with({"search.trials=12abc"}) ==
        "error E020: wrong type                                       --set\n"
        "  --set | search.trials=12abc\n"
        "        |               ^^^^^ expected an integer >= 1, found a string\n"
        "1 error. Nothing was run.");
}

TEST_CASE("what is no assignment of one key is refused", "[unit]") {
  for (const char* text : {"trials", "=3", "", "[a]\nb=1", "seed=1\ntitle=\"x\"", "seed=1\n[search]\ntrials=2", "#seed=1"}) {
    INFO(text);
    CHECK_THAT(errors_with({text}), Catch::Contains("E001") && Catch::Contains("--set"));
  }
  CHECK_THAT(errors_with({"seed=[1"}), Catch::Contains("E001: not valid TOML"));
  CHECK_THAT(errors_with({"seed=99999999999999999999"}), Catch::Contains("^^^^^^^^^^^^^^^^^^^^ expected an integer >= 0"));
  CHECK_THAT(errors_with({"workload.x=3"}), Catch::Contains("E030: `x` is not inside a table"));
  CHECK_THAT(errors_with({std::string("seed=\0", 6)}), Catch::Contains("control character 0x00"));
}
