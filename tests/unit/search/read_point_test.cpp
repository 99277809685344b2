// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "parse.hpp"
#include "shoal/search/algorithm.hpp"
#include "shoal/search/points_first.hpp"

using namespace shoal;
using namespace shoal::search;

namespace {

const std::vector<std::string> kKeys = {"hidden", "batch", "optimizer.name", "optimizer.learning_rate", "optimizer.momentum"};
const std::string kSpace =
    "hidden = { choice = [[5, 8, 5], [{ uniformint = [4, 32] }, 8]] }\n"
    "learning_rate = { loguniform = [1e-4, 1e-1] }\n"
    "optimizer = { choice = [{ name = \"adam\" }, { name = \"sgd\", momentum = { quniform = [0.0, 0.9, 0.1] } }] }\n"
    "batch = 100";

struct Read {
  std::optional<Point> point;
  std::string message;
};

Read read(const std::string& point, const std::string& space_text = kSpace) {
  const Space space = space_of(space_text, space_text == kSpace ? kKeys : std::vector<std::string>{});
  config::Diagnostics diagnostics("test.toml", "point = " + point);
  const config::Value root = config::read_toml(diagnostics);
  Read result;
  result.point = space.read_point(*root.find("point"), diagnostics);
  if (result.point) result.message = assigned(space, *result.point);
  else result.message = diagnostics.to_text();
  return result;
}

}  // namespace

TEST_CASE("A point is read from a table with the keys of the space", "[search]") {
  CHECK(read("{ hidden = [5, 8, 5], learning_rate = 0.01, optimizer = { name = \"adam\" } }").message ==
        "hidden=[5, 8, 5] optimizer.learning_rate=0.01 optimizer.name=\"adam\" batch=100");
  CHECK(read("{ hidden = [7, 8], optimizer.learning_rate = 0.1, optimizer.name = \"adam\" }").point == std::nullopt);
  CHECK(read("{ hidden = [7, 8], learning_rate = 0.1, optimizer = { name = \"sgd\", momentum = 0.30000000000000004 }, batch = 100 }")
            .message == "hidden=[7, 8] optimizer.learning_rate=0.1 optimizer.name=\"sgd\" optimizer.momentum=0.30000000000000004 batch=100");
  CHECK(read("{ hidden = [5, 8, 5], learning_rate = 0.01, optimizer = \"adam\" }").point.has_value());  // by its label
}

TEST_CASE("What is no point of the space is refused with place and remedy", "[search]") {
  struct Case {
    std::string point, message, hint;
  };
  const std::string rest = ", learning_rate = 0.01, optimizer = \"adam\" }";
  for (const Case& c : std::vector<Case>{
           {"{ hidden = [5, 8, 8]" + rest, "[5, 8, 8] is no value of `hidden`", "expected choice [[5, 8, 5]"},
           {"{ hidden = [3, 8]" + rest, "[3, 8] is no value of `hidden`", "expected choice"},
           {"{ hidde = [5, 8, 5]" + rest, "[space] has no `hidde`", "did you mean `hidden`?"},
           {"{ hidden = [5, 8, 5], learning_rate = 1.0, optimizer = \"adam\" }", "1.0 is no value of `learning_rate`",
            "expected loguniform [0.0001, 0.1]"},
           {"{ hidden = [5, 8, 5], learning_rate = 0.1 }", "the point has no optimizer", "each parameter of [space]"},
           {"{ hidden = [5, 8, 5], learning_rate = 0.1, optimizer = \"sgd\" }", "the point has no optimizer.momentum",
            "each parameter of [space]"},
           {"{ hidden = [5, 8, 5], learning_rate = 0.1, optimizer = { name = \"sgd\", momentum = 0.35 } }",
            "is no value of `optimizer`", "expected choice"},
           {"{ hidden = [5, 8, 5], batch = 50" + rest, "50 is no value of `batch`", "expected 100"},
           {"3", "a point is a table", "such as { x = 0.5, y = 3 }"}}) {
    INFO(c.point);
    const Read found = read(c.point);
    INFO(found.message);
    CHECK_FALSE(found.point.has_value());
    CHECK(found.message.find(c.message) != std::string::npos);
    CHECK(found.message.find(c.hint) != std::string::npos);
    CHECK(found.message.find("test.toml:1:") != std::string::npos);
  }
}

TEST_CASE("A shared parameter of a point has one value", "[search]") {
  const std::string text = "a = { shared = \"w\" }\nb = { shared = \"w\" }\n[shared]\nw = { uniform = [0, 1] }";
  CHECK(read("{ a = 0.5, b = 0.5 }", text).message == "a=0.5 b=0.5");
  CHECK_FALSE(read("{ a = 0.5, b = 0.25 }", text).point.has_value());
  CHECK(read("{ a = 0.5 }", text).message == "a=0.5 b=0.5");
}

TEST_CASE("Every random point comes back from its columns and from its text", "[search]") {
  const Space space = space_of(
      "a = { choice = [1, 2.5, 4] }\nb = { choice = [\"x\", \"y\"] }\nc = { normal = [0, 3] }\nd = { qlognormal = [0, 2, 0.5] }\n"
      "e = { choice = [{ n = 1, x = { randint = 9 } }, { n = 2, x = { uniformint = [3, 20] }, y = { shared = \"w\" } }, "
      "{ n = 3, y = { shared = \"w\" } }] }\n"
      "[shared]\nw = { qloguniform = [1, 100, 3] }");
  const auto random = find_algorithm("random")->make(space, 5, nullptr);
  for (std::int64_t trial = 0; trial < 500; ++trial) {
    const Point point = random->propose(trial, {});
    const auto back = space.from_columns([&](const Column& column) { return space.column_value(column, point); });
    REQUIRE(back.has_value());
    CHECK(space.to_text(*back) == space.to_text(point));
    config::Value table{config::Entries{}};
    for (const Assignment& a : space.assignments(point)) table.set(a.path, a.value);
    config::Diagnostics diagnostics("test.toml", "");
    const auto read_back = space.read_point(table, diagnostics);
    INFO(diagnostics.to_text());
    REQUIRE(read_back.has_value());
    CHECK(space.to_text(*read_back) == space.to_text(point));
  }
}

TEST_CASE("Columns that are outside of the space are no point", "[search]") {
  const Space space = space_of("x = { uniform = [0, 1] }\nn = { randint = 4 }");
  const auto point = [&](double x, double n) {
    return space.from_columns([&](const Column& c) { return std::optional(c.name == "x" ? x : n); });
  };
  CHECK(point(0.5, 3) == Point{0.5, 3});
  CHECK_FALSE(point(1.5, 3).has_value());
  CHECK_FALSE(point(0.5, 4).has_value());
  CHECK_FALSE(point(0.5, 2.5).has_value());
  CHECK_FALSE(space.from_columns([](const Column&) { return std::optional<double>(); }).has_value());
}

TEST_CASE("Given points come first, then what the algorithm would have proposed", "[search]") {
  const Space space = space_of("x = [1, 2, 3]");
  PointsFirst grid({{2}, {0}}, find_algorithm("grid")->make(space, 1, nullptr));
  CHECK(grid.n_trials() == 5);
  CHECK(grid.propose(0, {}) == Point{2});
  CHECK(grid.propose(1, {}) == Point{0});
  CHECK(grid.propose(2, {}) == Point{0});
  CHECK(grid.propose(4, {}) == Point{2});
  CHECK_FALSE(grid.uses_history());
}
