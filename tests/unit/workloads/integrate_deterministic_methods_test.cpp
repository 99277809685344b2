// SPDX-License-Identifier: Apache-2.0
// Orders of convergence, exactness, and that every method comes to an end.
#include <cmath>

#include "catch.hpp"
#include "integrate_tests.hpp"
#include "workloads/integrate/sums.hpp"
#include "workloads/integrate/vegas_map.hpp"

using namespace shoal::workloads::integrate;

namespace {

const double kExpIntegral = std::exp(1.0) - 1;

double grid_error(const std::string& method, std::int64_t samples) {
  return std::fabs(Trial::of_formula("exp(x)", {0}, {1}).samples(samples).run(method).value - kExpIntegral);
}

}  // namespace

TEST_CASE("rules on grids converge at their orders", "[unit]") {
  CHECK(grid_error("midpoint", 64) / grid_error("midpoint", 128) == Approx(4.0).epsilon(0.01));
  CHECK(grid_error("trapezoid", 65) / grid_error("trapezoid", 129) == Approx(4.0).epsilon(0.01));
  CHECK(grid_error("simpson", 33) / grid_error("simpson", 65) == Approx(16.0).epsilon(0.01));
}

TEST_CASE("grids in several dimensions have the root of the samples on each axis", "[unit]") {
  const Estimate coarse = Trial::of_formula("exp(x1 + x2)", {0, 0}, {1, 1}).samples(32 * 32).run("midpoint");
  const Estimate fine = Trial::of_formula("exp(x1 + x2)", {0, 0}, {1, 1}).samples(64 * 64 + 5).run("midpoint");
  const double exact = kExpIntegral * kExpIntegral;
  CHECK((coarse.value - exact) / (fine.value - exact) == Approx(4.0).epsilon(0.01));
}

TEST_CASE("Simpson integrates cubics and Genz-Malik polynomials of degree 7 exactly", "[unit]") {
  CHECK(Trial::of_formula("x^3 - x + 2", {-1}, {3}).samples(3).run("simpson").value == Approx(24).epsilon(1e-14));
  const Estimate seven = Trial::of_formula("x1^4*x2^2*x3 + x1^7", {0, 0, 0}, {1, 1, 1}).samples(1).run("genz_malik");
  CHECK(seven.value == Approx(1.0 / 30 + 1.0 / 8).epsilon(1e-13));
}

TEST_CASE("the fused midpoint sum is the sum of single values", "[unit]") {
  const Estimate fused = Trial::of_family("arctangent").samples(100003).run("midpoint");
  const Estimate plain = Trial::of_formula("1/(1+x^2)", {0}, {1}).samples(100003).run("midpoint");
  CHECK(fused.value == Approx(plain.value).epsilon(1e-15));
  CHECK(fused.evaluations == plain.evaluations);
}

TEST_CASE("infinite ranges are mapped for methods on the unit cube", "[unit]") {
  const double root_pi = std::sqrt(std::acos(-1.0));
  CHECK(Trial::of_formula("exp(-x^2)", {-HUGE_VAL}, {HUGE_VAL}).tolerance(1e-9).run("gauss_kronrod").value == Approx(root_pi).epsilon(1e-9));
  CHECK(Trial::of_formula("exp(-x^2)", {-HUGE_VAL}, {HUGE_VAL}).tolerance(1e-9).run("tanh_sinh").value == Approx(root_pi).epsilon(1e-9));
  CHECK(Trial::of_formula("exp(-x)", {0}, {HUGE_VAL}).tolerance(1e-9).run("midpoint").value == Approx(1).epsilon(1e-8));
  CHECK(Trial::of_formula("exp(x)", {-HUGE_VAL}, {1}).tolerance(1e-9).run("tanh_sinh").value == Approx(std::exp(1.0)).epsilon(1e-9));
  const std::vector<double> low(2, -HUGE_VAL), high(2, HUGE_VAL);
  CHECK(Trial::of_formula("exp(-x1^2-x2^2)", low, high).tolerance(1e-6).run("genz_malik").value == Approx(root_pi * root_pi).epsilon(1e-6));
  CHECK(Trial::of_formula("exp(-x1^2-x2^2)", low, high).tolerance(1e-3).run("quasi_monte_carlo").value ==
        Approx(root_pi * root_pi).epsilon(5e-3));
}

TEST_CASE("formulas with singular ends reach what a rounded x allows, and say so", "[unit]") {
  const Estimate estimate = Trial::of_formula("1/sqrt(1-x)", {0}, {1}).tolerance(1e-12).run("tanh_sinh");
  CHECK(std::fabs(estimate.value - 2) < estimate.error);
  CHECK(estimate.error < 1e-5);
  CHECK(Trial::of_formula("log(x)", {0}, {1}).tolerance(1e-10).run("tanh_sinh").value == Approx(-1).epsilon(1e-10));
}

TEST_CASE("adaptive methods end on jumps, on integrals that are 0 by symmetry and on functions that are 0", "[unit]") {
  for (const double tolerance : {1e-6, 1e-12, 0.0}) {
    for (const char* formula : {"x < 1/3", "x - 1/2", "0*x", "sin(20*x) > 0.3", "x^3 - x/4 - 1/8*(x > 0.7)"}) {
      for (const char* method : {"gauss_kronrod", "tanh_sinh", "auto", "simpson"}) {
        INFO(formula << " by " << method << " to " << tolerance);
        const Estimate estimate = Trial::of_formula(formula, {0}, {1}).tolerance(tolerance).run(method);
        CHECK(estimate.ending != Ending::unfinished);
        CHECK(estimate.evaluations <= 10000000);
      }
    }
    for (const char* formula : {"x1 < 1/3", "x1 + x2 < 1", "(x1 - 1/2) * x2", "0*x1*x2", "x1^2 + x2^2 < 1"}) {
      for (const char* method : {"genz_malik", "auto"}) {
        INFO(formula << " by " << method << " to " << tolerance);
        Trial trial = Trial::of_formula(formula, {0, 0}, {1, 1});
        trial.budget.max_evaluations = 1000000;
        const Estimate estimate = trial.tolerance(tolerance).run(method);
        CHECK(estimate.ending != Ending::unfinished);
        CHECK(estimate.evaluations <= 1010000);
      }
    }
  }
}

TEST_CASE("regions stay within the memory allowed, whatever the tolerance", "[unit]") {
  Trial trial = Trial::of_family("genz_continuous", 4);
  trial.tolerance(0);
  trial.budget.max_evaluations = 100000000;
  trial.options.memory_mb = 1;
  const Estimate estimate = trial.run("genz_malik");
  CHECK(estimate.ending == Ending::memory);
  CHECK(estimate.evaluations < 1000000);
  CHECK(std::fabs(estimate.value / trial.exact() - 1) < 1e-3);
}

TEST_CASE("values that are not finite are counted and located, and end the method or count as 0", "[unit]") {
  Trial trial = Trial::of_formula("1/x", {0}, {1});
  const Estimate ended = trial.samples(9).run("trapezoid");
  CHECK(ended.ending == Ending::non_finite);
  CHECK(ended.bad.count >= 1);
  CHECK(ended.bad.first == std::vector<double>{0});
  Trial skipping = Trial::of_formula("sqrt(x1 - 1/2) + x2", {0, 0}, {1, 1});
  skipping.problem = Problem(make_expression("sqrt(x1 - 1/2) + x2", {"x1", "x2"}, {}), skipping.problem.region(), true);
  const Estimate skipped = skipping.samples(100000).run("monte_carlo");
  CHECK(skipped.ending == Ending::samples);
  CHECK(skipped.bad.count == Approx(50000).epsilon(0.03));
  CHECK(skipped.bad.first.size() == 2);
  CHECK(skipped.bad.first[0] < 0.5);
  CHECK(skipped.value == Approx(2.0 / 3 * std::pow(0.5, 1.5) + 0.25).epsilon(0.02));
  Trial ending = Trial::of_formula("sqrt(x1 - 1/2) + x2", {0, 0}, {1, 1});
  for (const char* method : {"monte_carlo", "quasi_monte_carlo", "vegas", "genz_malik", "midpoint"}) {
    INFO(method);
    CHECK(ending.samples(100000).run(method).ending == Ending::non_finite);
  }
}

TEST_CASE("moments merge as if all values had come at once", "[unit]") {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(1e8 + std::sin(i));
  Moments merged;
  for (std::size_t begin = 0; begin < values.size(); begin += 77)
    merged.add(block_moments(std::span<const double>(values).subspan(begin, std::min<std::size_t>(77, values.size() - begin))));
  const Moments whole = block_moments(values);
  CHECK(merged.n == 1000);
  CHECK(merged.mean == Approx(whole.mean).epsilon(1e-15));
  CHECK(merged.squares == Approx(whole.squares).epsilon(1e-7));
  CompensatedSum sum;
  for (const double value : {1e100, 1.0, -1e100}) sum.add(value);
  CHECK(sum.value() == 1);
}

TEST_CASE("the map of vegas adapts its increments to equal shares", "[unit]") {
  VegasMap map(1, 4);
  const std::vector<double> training = {8, 0.1, 0.1, 0.1};
  map.adapt(training, 1.5, 1e9);
  const std::vector<double>& edges = map.edges();
  CHECK(edges.front() == 0);
  CHECK(edges.back() == 1);
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) CHECK(edges[i] < edges[i + 1]);
  CHECK(edges[1] < 0.25);
  const std::vector<double> before = edges;
  VegasMap same(before, 4);
  same.adapt(std::vector<double>{0, 0, 0, 0}, 1.5, 1e9);
  CHECK(same.edges()[1] > before[1]);  // without any training it drifts back to even increments
  CHECK(same.edges()[1] < 0.25);
  VegasMap by_few(1, 4);
  by_few.adapt(training, 1.5, 2);  // what two samples say is chance, to a part
  CHECK(by_few.edges()[1] < 0.25);
  CHECK(by_few.edges()[1] > 1.1 * before[1]);
}
