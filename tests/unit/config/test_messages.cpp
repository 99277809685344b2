// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "catch.hpp"
#include "example_schema.hpp"

using namespace shoal::config;

namespace {
std::string errors_of_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Example example;
  return errors_of(example, text, overrides);
}
}  // namespace

TEST_CASE("every error is reported in one pass, in the order of the text, with place, caret and remedy", "[unit]") {
  const std::string text =
      "workload = \"example\"\n"
      "[network]\n"
      "learning_rat = { loguniform = [1e-4, 1e-1] }\n"
      "epochs = -40\n"
      "[search]\n"
      "trials = \"many\"\n"
      "algorithm = \"tpr\"\n";
  CHECK(errors_of_text(text) ==
        "error E012: unknown key `learning_rat` in [network]          inputs/x.toml:3:1\n"
        "   3 | learning_rat = { loguniform = [1e-4, 1e-1] }\n"
        "     | ^^^^^^^^^^^^ did you mean `learning_rate`?\n"
        "error E021: value out of range                               inputs/x.toml:4:10\n"
        "   4 | epochs = -40\n"
        "     |          ^^^ expected an integer in [1, 1000000]\n"
        "error E020: wrong type                                       inputs/x.toml:6:10\n"
        "   6 | trials = \"many\"\n"
        "     |          ^^^^^^ expected an integer >= 1, found a string\n"
        "error E022: value not allowed                                inputs/x.toml:7:13\n"
        "   7 | algorithm = \"tpr\"\n"
        "     |             ^^^^^ did you mean `tpe`? expected \"grid\" | \"random\" | \"tpe\"\n"
        "4 errors. Nothing was run.");
}

TEST_CASE("a missing key names what was expected", "[unit]") {
  CHECK(errors_of_text("[search]\n") ==
        "error E011: missing key `workload`                           inputs/x.toml\n"
        "     | expected \"example\"\n"
        "error E011: missing key `trials` in [search]                 inputs/x.toml:1:1\n"
        "   1 | [search]\n"
        "     | ^^^^^^^^ needed: how many\n"
        "2 errors. Nothing was run.");
}

TEST_CASE("a key in the wrong table is pointed to the right one", "[unit]") {
  CHECK(errors_of_text("workload = \"example\"\nepochs = 3\n[search]\ntrials = 3\n") ==
        "error E012: unknown key `epochs`                             inputs/x.toml:2:1\n"
        "   2 | epochs = 3\n"
        "     | ^^^^^^ did you mean `network.epochs`?\n"
        "1 error. Nothing was run.");
}

TEST_CASE("an unknown key like no other lists what is known", "[unit]") {
  CHECK(errors_of_text("workload = \"example\"\n[search]\ntrials = 3\nzzz = 1\n") ==
        "error E012: unknown key `zzz` in [search]                    inputs/x.toml:4:1\n"
        "   4 | zzz = 1\n"
        "     | ^^^ expected one of: algorithm, trials\n"
        "1 error. Nothing was run.");
}

TEST_CASE("repeated keys and tables are reported together with all other errors", "[unit]") {
  const std::string text =
      "workload = \"example\"\n"
      "[search]\n"
      "trials = 3\n"
      "trials = 4\n"
      "[network]\n"
      "epochs = 0\n"
      "[search]\n"
      "algorithm = \"grid\"\n"
      "[space]\n"
      "a = { choice = [1], choice = [2], x = 1 }\n";
  CHECK(errors_of_text(text) ==
        "error E002: key `search.trials` is given twice               inputs/x.toml:4:1\n"
        "   4 | trials = 4\n"
        "     | ^^^^^^ first given in line 3\n"
        "error E021: value out of range                               inputs/x.toml:6:10\n"
        "   6 | epochs = 0\n"
        "     |          ^ expected an integer in [1, 1000000]\n"
        "error E002: table `search` is given twice                    inputs/x.toml:7:1\n"
        "   7 | [search]\n"
        "     | ^^^^^^^^ first given in line 2\n"
        "error E002: key `choice` is given twice                      inputs/x.toml:10:21\n"
        "  10 | a = { choice = [1], choice = [2], x = 1 }\n"
        "     |                     ^^^^^^ given before\n"
        "4 errors. Nothing was run.");
}

TEST_CASE("syntax errors name the likely cause", "[unit]") {
  CHECK(errors_of_text("workload = example\n") ==
        "error E001: not valid TOML                                   inputs/x.toml:1:12\n"
        "   1 | workload = example\n"
        "     |            ^^^^^^^ strings need quotes: \"example\"\n"
        "1 error. Nothing was run.");
  CHECK_THAT(errors_of_text("shuffle = True\n"), Catch::Contains("^^^^ booleans are lower-case: true"));
  CHECK_THAT(errors_of_text("epochs = 12abc\n"), Catch::Contains("^^^^^ not a number; strings need quotes: \"12abc\""));
  CHECK_THAT(errors_of_text("hidden = [5, 8\n[search]\n"), Catch::Contains("E001: not valid TOML"));
  CHECK_THAT(errors_of_text("title = \"abc\n"), Catch::Contains("inputs/x.toml:1:"));
  CHECK_THAT(errors_of_text("epochs 3\n"), Catch::Contains("expected '=', saw '3'"));
  CHECK_THAT(errors_of_text("[search\ntrials=3"), Catch::Contains("inputs/x.toml:1:"));
}

TEST_CASE("numbers too large for their type are out of range", "[unit]") {
  CHECK(errors_of_text(std::string(kSound).insert(0, "seed = 99999999999999999999\n")) ==
        "error E021: value out of range                               inputs/x.toml:1:8\n"
        "   1 | seed = 99999999999999999999\n"
        "     |        ^^^^^^^^^^^^^^^^^^^^ expected an integer >= 0\n"
        "1 error. Nothing was run.");
  CHECK_THAT(errors_of_text("seed = 1e999\n"), Catch::Contains("x.toml:1:8\n   1 | seed = 1e999\n     |        ^^^^^ expected an integer >= 0"));
  CHECK_THAT(errors_of_text("[network]\nhidden = [1, 99999999999999999999, 0]\n"), Catch::Contains("x.toml:2:14") && Catch::Contains("x.toml:2:36"));
  CHECK_THAT(errors_of_text("[network]\nlearning_rate = inf\n"), Catch::Contains("expected a finite number in (0, 1]"));
  CHECK_THAT(errors_of_text("[network]\nlearning_rate = nan\n"), Catch::Contains("value out of range"));
  CHECK_THAT(errors_of_text("[network]\nlearning_rate = 0\n"), Catch::Contains("expected a number in (0, 1]"));
}

TEST_CASE("columns count code points, tabs as one, and the caret stands below its text", "[unit]") {
  CHECK(errors_of_text("workload = \"example\"\n[search]\ntrials = 3\n\"é😀\"\t= 1\n") ==
        "error E012: unknown key `é😀` in [search]                     inputs/x.toml:4:1\n"
        "   4 | \"é😀\" = 1\n"
        "     | ^^^^ expected one of: algorithm, trials\n"
        "1 error. Nothing was run.");
  CHECK_THAT(errors_of_text("\xEF\xBB\xBFseed = -1\n"), Catch::Contains("x.toml:1:8\n   1 | seed = -1\n     |        ^^ "));
  CHECK_THAT(errors_of_text("seed = -1\r\ntitle = 3\r\n"), Catch::Contains("   1 | seed = -1\n     |        ^^ expected"));
}

TEST_CASE("each wrong element of an array is reported", "[unit]") {
  const std::string errors = errors_of_text(std::string(kSound) + "[network]\nhidden = [5, 0, \"a\", 2.5]\nlevels = 3\nmetrics = []\n");
  CHECK_THAT(errors, Catch::Contains("x.toml:5:14") && Catch::Contains("x.toml:5:17") && Catch::Contains("x.toml:5:22"));
  CHECK_THAT(errors, Catch::Contains("expected an array, each element a number >= 0, found an integer"));
  CHECK_THAT(errors, Catch::Contains("4 errors."));
  CHECK_THAT(errors_of_text(std::string(kSound) + "[network]\nhidden = []\n"), Catch::Contains("expected at least 1 element\n"));
}

TEST_CASE("dates are refused with a remedy", "[unit]") {
  CHECK_THAT(errors_of_text(std::string("title = 1979-05-27\n") + kSound), Catch::Contains("^^^^^^^^^^ a date or time needs quotes here"));
}

TEST_CASE("long lines are cut around the caret", "[unit]") {
  const std::string errors = errors_of_text("workload = \"example\"\nseed = [" + std::string(5000, ' ') + "]\nseeed = 3 # " + std::string(5000, 'x') + "\n");
  std::istringstream lines(errors);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() < 250);
  CHECK_THAT(errors, Catch::Contains("did you mean `seed`?"));
}

TEST_CASE("only the first fifty errors are printed, the rest is counted", "[unit]") {
  std::string text = kSound;
  for (int i = 0; i < 80; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const std::string errors = errors_of_text(text);
  CHECK_THAT(errors, Catch::Contains("... and 30 more\n80 errors. Nothing was run."));
}

TEST_CASE("suggestions are near and cheap", "[unit]") {
  const std::vector<std::string> words = {"learning_rate", "epochs", "trials", "adam"};
  CHECK(suggestion("learnign_rate", words) == "learning_rate");
  CHECK(suggestion("Adam", words) == "adam");
  CHECK(suggestion("trails", words) == "trials");
  CHECK(suggestion("banana", words).empty());
  CHECK(suggestion("", words).empty());
  CHECK(suggestion(std::string(1000000, 'a'), words).empty());
}
