// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "catch.hpp"
#include "parse.hpp"
#include "shoal/search/algorithm.hpp"

using namespace shoal;
using namespace shoal::search;

namespace {

const std::string kOptimisers =
    "o = { choice = [{ name = \"adam\", rate = { shared = \"rate\" } }, { name = \"sgd\", rate = { shared = \"rate\" } }, "
    "{ name = \"none\" }] }\n"
    "[shared]\nrate = { loguniform = [1e-4, 1e-1] }";

}  // namespace

TEST_CASE("A shared parameter is one parameter with several places", "[search]") {
  const Space space = space_of(kOptimisers);
  REQUIRE(space.parameters().size() == 2);
  CHECK(space.describe()[1] == "rate  loguniform [0.0001, 0.1]  (where o is adam or sgd)");
  CHECK(assigned(space, {0, 0.01}) == "o.name=\"adam\" o.rate=0.01");
  CHECK(assigned(space, {1, 0.01}) == "o.name=\"sgd\" o.rate=0.01");
  const Point none = space.build([](int i) { return i == 0 ? 2.0 : 0.01; });
  CHECK_FALSE(is_active(none[1]));
  CHECK(assigned(space, none) == "o.name=\"none\"");
  CHECK(space.columns()[1].conditional);
}

TEST_CASE("Shared parameters stand in lists and next to each other, and have one value there", "[search]") {
  const Space space = space_of(
      "hidden = { choice = [[{ shared = \"w\" }], [{ shared = \"w\" }, 3, { shared = \"w\" }], [8]] }\n"
      "copy = { shared = \"w\" }\n[shared]\nw = [4, 5]");
  REQUIRE(space.parameters().size() == 2);
  CHECK(space.parameters()[1].parent == -1);  // `copy` needs it everywhere
  CHECK(assigned(space, {1, 1}) == "hidden=[5, 3, 5] copy=5");
  CHECK(assigned(space, {2, 0}) == "hidden=[8] copy=4");
}

TEST_CASE("A grid counts a shared parameter once, and only where it is used", "[search]") {
  const Space space = space_of(
      "a = { choice = [{ n = \"x\", w = { shared = \"w\" } }, { n = \"y\", w = { shared = \"w\" } }, { n = \"z\" }] }\n"
      "[shared]\nw = [1, 2, 3]");
  REQUIRE(space.n_points() == 7);
  std::set<std::string> points;
  for (std::int64_t i = 0; i < 7; ++i) points.insert(assigned(space, space.grid_point(i)));
  CHECK(points.size() == 7);
  CHECK(points.count("a.n=\"z\"") == 1);
}

TEST_CASE("A shared constant is written once", "[search]") {
  const Space space = space_of("a = { shared = \"c\" }\nb = { choice = [[{ shared = \"c\" }], [1]] }\n[shared]\nc = 7");
  CHECK(space.parameters().size() == 1);
  CHECK(assigned(space, {0}) == "a=7 b=[7]");
}

TEST_CASE("Mistakes with shared parameters are named with place and remedy", "[search]") {
  struct Case {
    std::string text, message, hint;
  };
  for (const Case& c : std::vector<Case>{
           {"a = { shared = \"w\" }", "`a` uses an unknown shared parameter", "there is no table [space.shared]"},
           {"a = { shared = \"wdth\" }\nb = { shared = \"width\" }\n[shared]\nwidth = [1, 2]",
            "`a` uses an unknown shared parameter", "did you mean `width`?"},
           {"a = { shared = 3 }\nb = { shared = \"w\" }\n[shared]\nw = [1, 2]", "`a` uses an unknown shared parameter", "w"},
           {"a = [1]\n[shared]\nw = [1, 2]", "the shared parameter `w` is used nowhere", "write { shared = \"w\" }"},
           {"w = { shared = \"w\" }\nx = { shared = \"y\" }\n[shared]\nw = { uniform = [0, 1] }\ny = { shared = \"w\" }",
            "the shared parameter `y` brings parameters of its own", "a distribution, or a choice of values"},
           {"a = { shared = \"w\" }\n[shared]\nw = { choice = [{ x = { uniform = [0, 1] } }, { x = 3 }] }",
            "the shared parameter `w` brings parameters of its own", "a distribution, or a choice of values"},
           {"w = [1, 2]\nb = { shared = \"w\" }\n[shared]\nw = [1, 2]", "there are two parameters `w`",
            "give the shared one another name"},
           {"\"a/b\" = [1]", "\"a/b\" is no name for a parameter", "expected letters, digits, _ and -"}}) {
    INFO(c.text);
    const Parsed parsed = parse(c.text);
    const std::string message = parsed.diagnostics.to_text();
    INFO(message);
    REQUIRE(parsed.diagnostics.count() == 1);
    CHECK(message.find(c.message) != std::string::npos);
    CHECK(message.find(c.hint) != std::string::npos);
    CHECK(message.find("test.toml:") != std::string::npos);
  }
}
