// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "example_schema.hpp"
#include "shoal/error.hpp"

using namespace shoal::config;

namespace {

// The value of `x = <literal>`.
Value read_value(const std::string& literal) {
  Diagnostics diagnostics("x", "x = " + literal);
  const Value root = read_toml(diagnostics);
  REQUIRE(diagnostics.empty());
  return *root.find("x");
}

}  // namespace

TEST_CASE("an integer may be written as a real where that is exact", "[unit]") {
  CHECK(read_value("1e9").as_integer() == 1000000000);
  CHECK(read_value("1_000.0").as_integer() == 1000);
  CHECK(read_value("1e18").as_integer() == 1000000000000000000);
  CHECK(read_value("9007199254740992.0").as_integer() == 9007199254740992);
  CHECK(read_value("-9.223372036854775808e18").as_integer() == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(read_value("9007199254740993.0").as_integer());
  CHECK_FALSE(read_value("9223372036854775807.0").as_integer());
  CHECK_FALSE(read_value("1000000000000000000.5").as_integer());
  CHECK_FALSE(read_value("1e19").as_integer());
  CHECK_FALSE(read_value("0.5").as_integer());
  CHECK_FALSE(read_value("nan").as_integer());
  CHECK_FALSE(read_value("\"1\"").as_integer());
}

TEST_CASE("values become TOML text that reads back as the same value", "[unit]") {
  for (const char* literal : {"true", "-3", "5.0", "1e-07", "0.1", "1.7976931348623157e+308", "5e-324", "-0.0", "inf",
                              "\"a\\\"b\\\\c\\n\\u0001é\"", "[]", "{}", "[1, 2.5, \"x\", [true]]",
                              "{ a = 1, \"b c\" = { d = [{ e = 2 }] } }"}) {
    INFO(literal);
    const Value value = read_value(literal);
    CHECK(to_text(value) == literal);
    CHECK(same(value, read_value(to_text(value))));
  }
}

TEST_CASE("letters beyond ASCII are kept in strings and comments", "[unit]") {
  CHECK(*read_value("\"é😀\"  # é\n").get_if<std::string>() == "é😀");
  CHECK(*read_value("\"\"\"\nä \\\n  é\"\"\"").get_if<std::string>() == "ä é");
}

TEST_CASE("tables keep the order of the text", "[unit]") {
  Diagnostics diagnostics("x", "z = 1\n[b]\ny = 2\na = 3\n[a]\n[b.c]\n");
  CHECK(to_text(read_toml(diagnostics)) == "{ z = 1, b = { y = 2, a = 3, c = {} }, a = {} }");
}

TEST_CASE("members are set and found by dotted path", "[unit]") {
  Value root;
  root.set("a.b.c", Value(std::int64_t{1}));
  root.set("a.d", Value(std::string("x")));
  CHECK(to_text(root) == "{ a = { b = { c = 1 }, d = \"x\" } }");
  CHECK(*root.at("a.b.c")->get_if<std::int64_t>() == 1);
  CHECK(root.at("a.x.c") == nullptr);
  CHECK_THROWS_AS(root.set("a.d.e", Value(true)), shoal::InputError);
}

TEST_CASE("resolved parameters carry unit, role and whether they were given", "[unit]") {
  Example e;
  Diagnostics diagnostics("x", std::string(kSound) + "[space]\nrate = { uniform = [0, 1] }\nwidth = { choice = [1] }\n[schedule]\norder = \"longest\"\n");
  const Value root = read_toml(diagnostics);
  Table table;
  bind(table, e);
  table.read(root, diagnostics);
  REQUIRE(diagnostics.empty());
  CHECK(table.given("search.trials"));
  CHECK_FALSE(table.given("search.algorithm"));
  CHECK(table.where("search.trials").line == 3);
  CHECK(table.where("search.algorithm").line == 2);
  CHECK(table.where("network.epochs").line == 0);

  std::vector<std::string> science = science_lines(table.resolved());
  CHECK(science == std::vector<std::string>{
                       "network.epochs = 100", "network.hidden = [5, 8, 5]", "network.learning_rate = 0.001",
                       "network.levels = [0.5]", "network.shuffle = true", "search.algorithm = \"random\"",
                       "search.trials = 3", "seed = 1", "space.rate = { uniform = [0, 1] }",
                       "space.width = { choice = [1] }", "workload = \"example\""});
  for (const Resolved& parameter : table.resolved()) {
    if (parameter.name == "output.snapshot_seconds") CHECK(parameter.unit == "s");
    if (parameter.name == "schedule.order") CHECK((parameter.role == Role::execution && !parameter.is_default));
  }
}

TEST_CASE("the help text of a schema is itself valid input", "[unit]") {
  Example e;
  Table table;
  bind(table, e);
  std::string text = table.help();
  CHECK_THAT(text, Catch::Contains("# epochs = 100 ") && Catch::Contains("passes over the data; in [1, 1000000]"));
  std::string enabled = "\n" + text;
  for (std::size_t at = 0; (at = enabled.find("\n# ", at)) != std::string::npos;) enabled.erase(at + 1, 2);
  enabled.replace(enabled.find("workload = \"\""), 13, "workload = \"example\"");
  Example again;
  CHECK(errors_of(again, enabled) == "");
}

TEST_CASE("numbers up to 2^64 - 1 are read exactly: as integers, as exact reals, or in quotes", "[unit]") {
  const auto read = [](const std::string& literal, std::string& messages) {
    std::uint64_t target = 7;
    Table table;
    table.natural("x", target, {.minimum = 1});
    Diagnostics diagnostics("x", "x = " + literal);
    table.read(read_toml(diagnostics), diagnostics);
    messages = diagnostics.empty() ? "" : diagnostics.to_text();
    return std::pair(target, messages.empty() ? to_text(table.resolved().front().value) : "");
  };
  std::string messages;
  CHECK(read("5", messages) == std::pair(std::uint64_t{5}, std::string("5")));
  CHECK(read("1e18", messages) == std::pair(std::uint64_t{1000000000000000000}, std::string("1000000000000000000")));
  CHECK(read("1e19", messages) == std::pair(std::uint64_t{10000000000000000000u}, std::string("\"10000000000000000000\"")));
  CHECK(read("\"18446744073709551615\"", messages) ==
        std::pair(~std::uint64_t{0}, std::string("\"18446744073709551615\"")));
  for (const char* literal : {"0", "-1", "18446744073709551616", "1e20", "\"18446744073709551616\"", "0.5", "\"a\"", "\"\"", "nan",
                              "10000000000000000001.0", "\"1 \"", "true"}) {
    INFO(literal);
    CHECK(read(literal, messages).first == 7);
    CHECK(messages.find("expected an integer in [1, 18446744073709551615]; from 2^63 on its digits in quotes") != std::string::npos);
  }
}
