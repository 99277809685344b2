// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/space.hpp"

#include "catch.hpp"
#include "parse.hpp"
#include "shoal/search/expression.hpp"

using namespace shoal::search;

namespace {

const std::vector<std::string> kKeys = {
    "hidden",          "batch",       "epochs", "optimizer.name", "optimizer.learning_rate", "optimizer.momentum",
    "schedule.factor", "decay.factor"};

std::vector<std::string> names(const Space& space) {
  std::vector<std::string> all;
  for (const Parameter& p : space.parameters()) all.push_back(p.name);
  return all;
}

}  // namespace

TEST_CASE("A short name sets the only key that ends with it", "[search]") {
  const Space space = space_of("learning_rate = [0.1, 0.2]\noptimizer.momentum = [0.5]", kKeys);
  CHECK(assigned(space, space.grid_point(1)) == "optimizer.learning_rate=0.2 optimizer.momentum=0.5");
  CHECK(names(space) == std::vector<std::string>{"learning_rate", "optimizer.momentum"});
}

TEST_CASE("Tables of a choice merge key by key", "[search]") {
  const Space space = space_of(
      "learning_rate = [0.1]\noptimizer = { choice = [{ name = \"adam\" }, { name = \"sgd\", momentum = 0.9 }] }",
      kKeys);
  CHECK(assigned(space, space.grid_point(1)) ==
        "optimizer.learning_rate=0.1 optimizer.name=\"sgd\" optimizer.momentum=0.9");
}

TEST_CASE("Every key that some point sets is known, with its constant", "[search]") {
  const Space space = space_of(
      "batch = 50\nhidden = { choice = [[{ uniformint = [1, 2] }], [8]] }\noptimizer = { pchoice = [[0.999999, { name = \"adam\" }], "
      "[0.000001, { name = \"sgd\", momentum = 0.5, learning_rate = { uniform = [0, 1] } }]] }",
      kKeys);
  std::string all;
  for (const Space::Key& key : space.keys()) all += key.path + (key.constant ? "=" + shoal::config::to_text(*key.constant) : "") + " ";
  CHECK(all == "batch=50 hidden hidden=[8] optimizer.name=\"adam\" optimizer.name=\"sgd\" optimizer.momentum=0.5 optimizer.learning_rate ");
}

TEST_CASE("Lists inside a choice may hold expressions", "[search]") {
  const Space space = space_of("hidden = { choice = [[4], [{ uniformint = [4, 5] }, 8]] }", kKeys);
  CHECK(names(space) == std::vector<std::string>{"hidden", "hidden.0"});
  CHECK(space.n_points() == 3);
  CHECK(assigned(space, space.grid_point(0)) == "hidden=[4]");
  CHECK(assigned(space, space.grid_point(2)) == "hidden=[5, 8]");
  CHECK(space.parameters()[0].labels == std::vector<std::string>{"[4]", "[{uniformint=[4,5]},8]"});
}

TEST_CASE("Options may be expressions themselves", "[search]") {
  const Space space = space_of("x = { choice = [0.5, { quniform = [1, 3, 1] }] }");
  CHECK(names(space) == std::vector<std::string>{"x", "x.quniform"});
  CHECK(space.n_points() == 4);
  CHECK(assigned(space, space.grid_point(0)) == "x=0.5");
  CHECK(assigned(space, space.grid_point(3)) == "x=3");
}

TEST_CASE("Choices nest", "[search]") {
  const Space space = space_of(
      "optimizer = { choice = [{ name = \"adam\" }, { choice = [{ name = \"sgd\" }, { name = \"sgd\", momentum = { "
      "choice = [0.1, 0.2, 0.3] } }] }] }",
      kKeys);
  CHECK(space.n_points() == 5);
  CHECK(assigned(space, space.grid_point(4)) == "optimizer.name=\"sgd\" optimizer.momentum=0.3");
}

TEST_CASE("Columns hold numbers as numbers and everything else as labelled options", "[search]") {
  const Space space = space_of(
      "batch = [50, 100]\nrate = { choice = [0.1, 1] }\nhidden = { choice = [[5, 8], [5]] }\nflag = { choice = [true, "
      "false] }\n"
      "optimizer = { choice = [{ name = \"adam\", learning_rate = { uniform = [0, 1] } }, { name = \"sgd\", "
      "learning_rate = { randint = 3 } }] }");
  const auto columns = space.columns();
  REQUIRE(columns.size() == 6);
  CHECK(columns[0].kind == Column::Kind::integer);
  CHECK(columns[1].kind == Column::Kind::real);
  CHECK(columns[2].kind == Column::Kind::option);
  CHECK(columns[2].labels == std::vector<std::string>{"[5,8]", "[5]"});
  CHECK(columns[3].labels == std::vector<std::string>{"true", "false"});
  CHECK(columns[4].labels == std::vector<std::string>{"adam", "sgd"});
  CHECK(columns[5].name == "optimizer.learning_rate");  // of both branches
  CHECK(columns[5].kind == Column::Kind::real);
  CHECK(columns[5].conditional);
  Point point = space.build([](int i) { return i == 0 || i == 3 || i == 4 ? 1.0 : i == 6 ? 2.0 : 0.0; });
  CHECK(space.column_value(columns[0], point) == 100);
  CHECK(space.column_value(columns[1], point) == 0.1);
  CHECK(space.column_value(columns[5], point) == 2);
  CHECK(space.to_text(point) == "batch=100 rate=0.1 hidden=[5,8] flag=false optimizer=sgd optimizer.learning_rate=2");
  point = space.build([](int) { return 0.0; });
  CHECK(space.column_value(columns[5], point) == 0);
  const Space conditional = space_of("o = { choice = [{ a = 1 }, { a = 2, m = { uniform = [0, 1] } }] }");
  CHECK_FALSE(
      conditional.column_value(conditional.columns()[1], conditional.build([](int) { return 0.0; })).has_value());
}

TEST_CASE("Options of equal words are told apart by number", "[search]") {
  const Space space = space_of("o = { choice = [{ name = \"sgd\", momentum = 0.1 }, { name = \"sgd\" }, \"x\"] }");
  CHECK(space.parameters()[0].labels == std::vector<std::string>{"sgd#0", "sgd#1", "x"});
}

TEST_CASE("A space describes itself", "[search]") {
  const Space space =
      space_of("o = { choice = [{ name = \"adam\" }, { name = \"sgd\", momentum = { uniform = [0.0, 0.99] } }] }");
  const auto lines = space.describe();
  CHECK(lines[1] == "o.momentum  uniform [0.0, 0.99]  (where o is sgd)");
}

TEST_CASE("Mistakes in a space are named with place and remedy", "[search]") {
  struct Case {
    std::string text, message, hint;
  };
  for (const Case& c : std::vector<Case>{
           {"x = { uniform = [1, 1] }", "the range is empty: low = 1 must be less than high = 1",
            "uniform = [low, high]"},
           {"x = { loguniform = [0, 1] }", "low = 0 has no logarithm", "loguniform = [low, high]"},
           {"x = { loguniform = [1e-4] }", "`loguniform` of `x` needs 2 numbers", "write loguniform = [low, high]"},
           {"x = { uniform = 3 }", "`uniform` of `x` needs 2 numbers", "write uniform"},
           {"x = { uniform = [0, inf] }", "needs 2 numbers", "write uniform"},
           {"x = { quniform = [0, 1, 0] }", "the step 0 must be positive", "quniform = [low, high, step]"},
           {"x = { quniform = [1, 2, 5] }", "no multiple of 5 lies in [1, 2]", ""},
           {"x = { normal = [0, 0] }", "the deviation 0 must be positive", ""},
           {"x = { randint = 0 }", "there is no integer in the range from 0 to 0", ""},
           {"x = { randint = 1.5 }", "1.5 is no integer", ""},
           {"x = { choice = [] }", "`choice` of `x` has 0 options", "expected 1 to 100000"},
           {"x = { choice = 3 }", "`choice` of `x` needs a list", "write choice = [value, value, ...]"},
           {"x = { choice = [1, 2, 1] }", "the option 1 is there twice", "leave one out"},
           {"x = { pchoice = [[0.5, 1], [0.4, 2]] }", "the probabilities of `x` sum to 0.9", "expected a sum of 1"},
           {"x = { pchoice = [0.5, 0.5] }", "needs pairs of a probability and a value", "write pchoice"},
           {"x = { grid = [3, 1], step = 1 }", "the range of `x` is none", "write { grid = [first, last], step = s }"},
           {"x = { grid = [0, 1000000], step = 0.5 }", "has 2000001 values", "choose a larger step"},
           {"x = { uniform = [0, 1], step = 1 }", "unknown key `step` beside `uniform` of `x`", "stands alone"},
           {"x = { unifrom = [0, 1] }", "unknown expression `unifrom` for `x`", "did you mean `uniform`?"},
           {"a = { choice = [{ x = { uniform = [0, 1] } }, { x = { choice = [\"u\"] } }] }",
            "`a.x` is a number in one branch", "in all branches"}}) {
    INFO(c.text);
    const Parsed parsed = parse(c.text);
    REQUIRE(parsed.diagnostics.count() == 1);
    const std::string message = parsed.diagnostics.to_text();
    INFO(message);
    CHECK(message.find(c.message) != std::string::npos);
    CHECK(message.find(c.hint) != std::string::npos);
    CHECK(message.find("test.toml:1:") != std::string::npos);
  }
}

TEST_CASE("Names that mean nothing or too much are named with what was possible", "[search]") {
  struct Case {
    std::string text, message, hint;
  };
  for (const Case& c : std::vector<Case>{
           {"learning_rat = [1]", "unknown key `learning_rat` in [space]", "did you mean `learning_rate`?"},
           {"factor = [1]", "ambiguous key `factor` in [space]", "write one of: schedule.factor, decay.factor"},
           {"optimizer = { choice = [{ nam = \"adam\" }] }", "unknown key `optimizer.nam` in [space]",
            "did you mean `name`?"},
           {"learning_rate = [1]\noptimizer.learning_rate = [2]", "`optimizer.learning_rate` is given twice in [space]",
            "leave one"},
           {"learning_rate = [1]\noptimizer = { choice = [{ name = \"a\" }, { learning_rate = 2 }] }",
            "`optimizer.learning_rate` is given twice", "leave one"},
           {"optimizer = { choice = [\"adam\"] }\nlearning_rate = [1]", "`optimizer.learning_rate` is given twice",
            "leave one"}}) {
    INFO(c.text);
    const Parsed parsed = parse(c.text, kKeys);
    REQUIRE(parsed.diagnostics.count() == 1);
    INFO(parsed.diagnostics.to_text());
    CHECK(parsed.diagnostics.to_text().find(c.message) != std::string::npos);
    CHECK(parsed.diagnostics.to_text().find(c.hint) != std::string::npos);
  }
}

TEST_CASE("Every expression is helped with", "[search]") {
  CHECK(expression_names().size() == 13);
  CHECK(expression_help().size() == 13);
}
