// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "catch.hpp"
#include "parse.hpp"
#include "shoal/search/algorithm.hpp"

using namespace shoal::search;

namespace {

std::vector<std::string> all_points(const Space& space) {
  const auto algorithm = find_algorithm("grid")->make(space, 1, nullptr);
  std::vector<std::string> points;
  for (std::int64_t i = 0; i < *algorithm->n_trials(); ++i)
    points.push_back(assigned(space, algorithm->propose(i, {})));
  return points;
}

}  // namespace

TEST_CASE("A grid walks lists in input order, the last key fastest", "[search]") {
  const Space space = space_of("batch = [50, 100]\nrate = { grid = [0.1, 0.2, 0.3] }\nepochs = 9");
  CHECK(space.n_points() == 6);
  CHECK(all_points(space) == std::vector<std::string>{"batch=50 rate=0.1 epochs=9", "batch=50 rate=0.2 epochs=9",
                                                      "batch=50 rate=0.3 epochs=9", "batch=100 rate=0.1 epochs=9",
                                                      "batch=100 rate=0.2 epochs=9", "batch=100 rate=0.3 epochs=9"});
}

TEST_CASE("A grid knows lists of lists, ranges with step, and countable distributions", "[search]") {
  CHECK(all_points(space_of("hidden = { choice = [[5, 8, 5], [5, 8, 8, 5]] }")) ==
        std::vector<std::string>{"hidden=[5, 8, 5]", "hidden=[5, 8, 8, 5]"});
  CHECK(all_points(space_of("x = { grid = [0, 3], step = 1 }")) ==
        std::vector<std::string>{"x=0", "x=1", "x=2", "x=3"});
  CHECK(space_of("x = { grid = [0.0, 0.3], step = 0.1 }").n_points() == 4);
  CHECK(all_points(space_of("x = { quniform = [1, 10, 4] }")) == std::vector<std::string>{"x=4", "x=8"});
  CHECK(all_points(space_of("x = { randint = 3 }")) == std::vector<std::string>{"x=0", "x=1", "x=2"});
  CHECK(all_points(space_of("x = { randint = [12, 14] }")) == std::vector<std::string>{"x=12", "x=13"});
  CHECK(all_points(space_of("x = { uniformint = [12, 14] }")) == std::vector<std::string>{"x=12", "x=13", "x=14"});
  CHECK(all_points(space_of("x = { pchoice = [[0.1, 7], [0.9, 8]] }")) == std::vector<std::string>{"x=7", "x=8"});
}

TEST_CASE("A grid lays the branches of a choice end to end", "[search]") {
  const Space space = space_of(
      "optimizer = { choice = [{ name = \"adam\" }, { name = \"sgd\", momentum = { grid = [0.0, 0.5] }, nesterov = { "
      "choice = [true, false] } }] }\n"
      "batch = [1, 2]");
  CHECK(space.n_points() == 10);
  const auto points = all_points(space);
  CHECK(points[0] == "optimizer.name=\"adam\" batch=1");
  CHECK(points[1] == "optimizer.name=\"adam\" batch=2");
  CHECK(points[2] == "optimizer.name=\"sgd\" optimizer.momentum=0.0 optimizer.nesterov=true batch=1");
  CHECK(points[9] == "optimizer.name=\"sgd\" optimizer.momentum=0.5 optimizer.nesterov=false batch=2");
  CHECK(std::set<std::string>(points.begin(), points.end()).size() == 10);
}

TEST_CASE("A grid says which parameter it cannot enumerate", "[search]") {
  const Space space = space_of("batch = [1, 2]\nlearning_rate = { loguniform = [1e-4, 1e-1] }");
  CHECK_FALSE(space.n_points().has_value());
  CHECK(find_algorithm("grid")->unsuitable(space).find("`learning_rate` is continuous") != std::string::npos);
  CHECK(find_algorithm("random")->unsuitable(space).empty());
  CHECK_FALSE(find_algorithm("grid")
                  ->unsuitable(space_of("a = { randint = 1000000000 }\nb = { randint = 1000000000 }"))
                  .empty());
}

TEST_CASE("An empty space has one point", "[search]") {
  CHECK(all_points(space_of("")) == std::vector<std::string>{""});
}

TEST_CASE("Algorithms are found by name", "[search]") {
  CHECK(algorithm_names() == std::vector<std::string>{"grid", "random", "sobol", "tpe", "atpe", "anneal", "cmaes"});
  CHECK(find_algorithm("tpee") == nullptr);
  CHECK(all_states().size() == 8);
  CHECK(state_name(State::out_of_memory) == "out_of_memory");
}
