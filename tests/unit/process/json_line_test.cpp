// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "catch.hpp"
#include "shoal/error.hpp"
#include "shoal/process/json_line.hpp"

using namespace shoal;
using namespace shoal::process;

TEST_CASE("a flat object is read, and written so that it reads back the same") {
  const std::string text =
      R"({"a": 1, "b": -0.5, "c": 1e300, "d": 2.0, "e": "x\"\\\u000a\u00e9", "f": true, "g": null, "h": [1, 2.5], )"
      R"("i": ["p", "q"], "j": [true, false], "k": [], "l": 9223372036854775808, "m": -9223372036854775808})";
  const JsonLine line = JsonLine::parse(text);
  CHECK(line.members().size() == 13);
  CHECK(std::get<std::int64_t>(*line.find("a")) == 1);
  CHECK(std::get<double>(*line.find("d")) == 2.0);
  CHECK(line.string("e") == "x\"\\\n\xc3\xa9");
  CHECK(line.is_true("f"));
  CHECK_FALSE(line.is_true("g"));
  CHECK(line.number("a") == 1.0);
  CHECK_FALSE(line.number("e"));
  CHECK_FALSE(line.number("nothing"));
  CHECK(std::get<std::vector<double>>(*line.find("h")) == std::vector<double>{1, 2.5});
  CHECK(std::get<double>(*line.find("l")) == 9223372036854775808.0);
  CHECK(std::get<std::int64_t>(*line.find("m")) == INT64_MIN);
  CHECK(JsonLine::parse(line.text()).members() == line.members());
}

TEST_CASE("numbers that are not finite pass both ways, as Python writes them") {
  const JsonLine line = JsonLine::parse(R"({"a": NaN, "b": Infinity, "c": [-Infinity]})");
  CHECK(std::isnan(*line.number("a")));
  CHECK(line.text() == R"({"a": NaN, "b": Infinity, "c": [-Infinity]})");
}

TEST_CASE("characters beyond 16 bits come as two halves") {
  CHECK(JsonLine::parse(R"({"a": "\ud83d\ude00"})").string("a") == "\xf0\x9f\x98\x80");
  CHECK_THROWS_AS(JsonLine::parse(R"({"a": "\ud83d"})"), InputError);
  CHECK_THROWS_AS(JsonLine::parse(R"({"a": "\ude00"})"), InputError);
}

TEST_CASE("everything else is refused with column and expectation") {
  CHECK_THROWS_WITH(JsonLine::parse(R"({"a": 1, "a": 2})"),
                    "column 10: expected another name than a, which is there already, found '\"a\": 2}'");
  CHECK_THROWS_WITH(JsonLine::parse(R"({"a": 01})"), "column 8: expected ',' or '}', found '1}'");
  for (const char* bad : {"", "{", "}", "[]", "1", "{\"a\"}", "{\"a\": }", "{\"a\": 1", "{\"a\": 1,}", "{\"a\": 1} x", "{a: 1}",
                          "{\"a\": 'b'}", "{\"a\": {\"b\": 1}}", "{\"a\": [[1]]}", "{\"a\": [1, \"b\"]}", "{\"a\": [null]}", "{\"a\": .5}",
                          "{\"a\": 1.}", "{\"a\": 1e}", "{\"a\": +1}", "{\"a\": - 1}", "{\"a\": 1e999}", "{\"a\": \"\\x\"}", "{\"a\": \"b",
                          "{\"a\": \"\t\"}", "{\"a\": \"\\u12\"}", "{\"a\": tru}", "{\"a\": nan}", "{\"a\": 0x10}", "{\"a\": [1,]}"}) {
    INFO(bad);
    CHECK_THROWS_AS(JsonLine::parse(bad), InputError);
  }
}

TEST_CASE("the last line of an output is taken if it is an object") {
  CHECK(JsonLine::last_of("epoch 1\n{\"loss\": 1}\n{\"loss\": 2}\n\n")->number("loss") == 2.0);
  CHECK(JsonLine::last_of("{}")->members().empty());
  CHECK_FALSE(JsonLine::last_of("{\"loss\": 1}\nbye\n"));
  CHECK_FALSE(JsonLine::last_of(""));
}
