// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "benchmarks/search_functions.hpp"
#include "catch.hpp"
#include "search/cma/distribution.hpp"
#include "shoal/random/distributions.hpp"
#include "shoal/search/algorithm.hpp"

using namespace shoal;
using namespace shoal::search;
namespace functions = shoal::search::benchmark;
using functions::space_of;

namespace {

double best_of(const functions::TestFunction& function, std::int64_t window) {
  const Space space = space_of(function.space);
  std::vector<double> losses;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto algorithm = find_algorithm("cmaes")->make(space, seed, nullptr);
    losses.push_back(functions::search(function, *algorithm, window, seed));
  }
  std::sort(losses.begin(), losses.end());
  return losses[2];
}

// Ellipsoid of condition 1e4, turned by 45 degrees in every plane of neighbours.
double turned_ellipsoid(const Point& p) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); i += 2) {
    const double u = p[i] + p[i + 1] - 1, v = p[i] - p[i + 1] + 0.4;
    sum += u * u + 1e4 * v * v;
  }
  return sum;
}

}  // namespace

TEST_CASE("Eigenvalues of symmetric matrices", "[search]") {
  constexpr std::size_t n = 12;
  cma::Matrix a(n), vectors(n);
  const random::Stream stream(1, 1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) a(i, j) = a(j, i) = random::normal(stream, i, j);
  }
  cma::Matrix copy = a;
  const std::vector<double> values = cma::symmetric_eigen(copy, vectors);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double product = 0, unity = 0;
      for (std::size_t k = 0; k < n; ++k) {
        product += vectors(i, k) * values[k] * vectors(j, k);
        unity += vectors(i, k) * vectors(j, k);
      }
      CHECK(product == Approx(a(i, j)).margin(1e-13));
      CHECK(unity == Approx(i == j ? 1 : 0).margin(1e-13));
    }
  }
}

TEST_CASE("CMA-ES converges on smooth functions, one after another and with 16 pending", "[search]") {
  const functions::TestFunction sphere = {"sphere", functions::box(5, -5, 5), 600, 0, [](const Point& p) {
                                            double sum = 0;
                                            for (const double x : p) sum += (x - 1) * (x - 1);
                                            return sum;
                                          }};
  const functions::TestFunction ellipsoid = {"ellipsoid", functions::box(6, -2, 2), 1500, 0, turned_ellipsoid};
  CHECK(best_of(sphere, 0) < 1e-6);
  CHECK(best_of(sphere, 16) < 1e-3);
  CHECK(best_of(ellipsoid, 0) < 1e-4);
  CHECK(best_of(ellipsoid, 16) < 1);
}

TEST_CASE("CMA-ES starts again once it has converged", "[search]") {
  const Space space = space_of("x = { uniform = [0, 1] }\ny = { uniform = [0, 1] }");
  const auto algorithm = find_algorithm("cmaes")->make(space, 1, nullptr);
  double farthest = 0;
  for (std::int64_t k = 0; k < 1500; ++k) {
    const Point p = algorithm->propose(k, {});
    const double distance = std::hypot(p[0] - 0.4, p[1] - 0.6);
    algorithm->observe({.trial = k, .point = p, .loss = distance * distance});
    if (k > 700) farthest = std::max(farthest, distance);
  }
  CHECK(farthest > 0.1);
}

TEST_CASE("CMA-ES says what it cannot adapt", "[search]") {
  const auto* info = find_algorithm("cmaes");
  CHECK(info->unsuitable(space_of("x = { uniform = [0, 1] }\nc = [1, 2]")).empty());
  CHECK(info->unsuitable(space_of("c = [1, 2]")) ==
        "cmaes adapts numbers, and none is always active here: take algorithm = \"tpe\"");
}

TEST_CASE("Rounded numbers keep moving", "[search]") {
  const Space space = space_of("n = { uniformint = [0, 1000] }\nx = { uniform = [0, 1] }");
  const auto algorithm = find_algorithm("cmaes")->make(space, 3, nullptr);
  double best = 1e300;
  for (std::int64_t k = 0; k < 600; ++k) {
    const Point p = algorithm->propose(k, {});
    const double loss = std::fabs(p[0] - 123) / 1000 + (p[1] - 0.3) * (p[1] - 0.3);
    best = std::min(best, loss);
    algorithm->observe({.trial = k, .point = p, .loss = loss});
  }
  CHECK(best < 1e-3);
}
