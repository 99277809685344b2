// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include "catch.hpp"
#include "parse.hpp"
#include "shoal/search/algorithm.hpp"

using namespace shoal::search;

namespace {

constexpr int kDraws = 20000;

std::vector<double> draws(const std::string& expression, std::size_t parameter = 0, std::uint64_t seed = 5) {
  const Space space = space_of("x = " + expression);
  const auto algorithm = find_algorithm("random")->make(space, seed, nullptr);
  std::vector<double> values;
  for (int i = 0; i < kDraws; ++i) {
    const double value = algorithm->propose(i, {})[parameter];
    if (is_active(value)) values.push_back(value);
  }
  return values;
}

// The share of values below a bound: its standard error is at most 0.0036 here, so 0.015 is over four of them.
double share_below(const std::vector<double>& values, double bound) {
  double n = 0;
  for (const double x : values) n += x < bound;
  return n / static_cast<double>(values.size());
}

std::map<double, double> shares(const std::vector<double>& values) {
  std::map<double, double> found;
  for (const double x : values) found[x] += 1.0 / static_cast<double>(values.size());
  return found;
}

}  // namespace

TEST_CASE("Continuous distributions have their quantiles", "[search]") {
  CHECK(share_below(draws("{ uniform = [-1, 3] }"), 0) == Approx(0.25).margin(0.015));
  const auto logs = draws("{ loguniform = [1e-4, 1e-1] }");
  CHECK(share_below(logs, 1e-3) == Approx(1 / 3.0).margin(0.015));
  CHECK(share_below(logs, 1e-4) == 0);
  CHECK(share_below(logs, 0.1000000001) == 1);
  CHECK(share_below(draws("{ normal = [4, 7] }"), 11) == Approx(0.8413).margin(0.015));
  CHECK(share_below(draws("{ lognormal = [0, 2] }"), 1) == Approx(0.5).margin(0.015));
}

TEST_CASE("Quantised distributions give multiples with the mass of their cells", "[search]") {
  const auto uniform = shares(draws("{ quniform = [0, 10, 3] }"));
  CHECK(uniform.size() == 4);
  CHECK(uniform.at(0) == Approx(0.15).margin(0.015));
  CHECK(uniform.at(3) == Approx(0.30).margin(0.015));
  CHECK(uniform.at(9) == Approx(0.25).margin(0.015));  // [7.5, 10]
  const auto logs = shares(draws("{ qloguniform = [1, 20, 2] }"));
  CHECK(logs.begin()->first == 2);  // 0 lies outside the bounds
  CHECK(logs.rbegin()->first == 20);
  const auto normal = shares(draws("{ qnormal = [0, 10, 2] }"));
  CHECK(normal.at(0) == Approx(0.0797).margin(0.015));
  CHECK(normal.count(1) == 0);
  CHECK(shares(draws("{ qlognormal = [0, 2, 1] }")).at(0) == Approx(0.3645).margin(0.015));
  for (const auto& [value, share] : shares(draws("{ quniform = [0.0, 1.0, 0.1] }")))
    CHECK(std::fabs(value * 10 - std::round(value * 10)) < 1e-12);
}

TEST_CASE("Integers and options have their frequencies", "[search]") {
  const auto randint = shares(draws("{ randint = [12, 25] }"));
  CHECK(randint.size() == 13);
  CHECK(randint.at(24) == Approx(1 / 13.0).margin(0.015));
  const auto uniformint = shares(draws("{ uniformint = [1, 4] }"));
  CHECK(uniformint.size() == 4);
  CHECK(uniformint.at(4) == Approx(0.25).margin(0.015));
  CHECK(shares(draws("{ choice = [\"a\", \"b\", \"c\"] }")).at(2) == Approx(1 / 3.0).margin(0.015));
  CHECK(shares(draws("{ pchoice = [[0.1, 0], [0.9, 1]] }")).at(0) == Approx(0.1).margin(0.015));
}

TEST_CASE("Parameters of a branch are active only there", "[search]") {
  const std::string text = "{ choice = [{ name = \"adam\" }, { name = \"sgd\", momentum = { uniform = [0, 1] } }] }";
  CHECK(static_cast<double>(draws(text, 1).size()) / kDraws == Approx(0.5).margin(0.015));
}

TEST_CASE("A proposal depends on seed and trial alone", "[search]") {
  const Space space = space_of("x = { uniform = [0, 1] }\ny = { normal = [0, 1] }");
  const auto a = find_algorithm("random")->make(space, 1, nullptr);
  const auto b = find_algorithm("random")->make(space, 1, nullptr);
  const auto c = find_algorithm("random")->make(space, 2, nullptr);
  const Point late = a->propose(77, {});
  CHECK(b->propose(77, {}) == late);
  CHECK(a->propose(76, {}) != late);
  CHECK(c->propose(77, {}) != late);
  CHECK_FALSE(a->uses_history());
  CHECK_FALSE(a->n_trials().has_value());
}
