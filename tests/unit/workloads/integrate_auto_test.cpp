// SPDX-License-Identifier: Apache-2.0
// What `auto` sees in an integrand of several dimensions, and what it makes of it.
#include <cmath>

#include "catch.hpp"
#include "integrate_tests.hpp"
#include "workloads/integrate/adaptive.hpp"
#include "workloads/integrate/probe.hpp"

using namespace shoal::workloads::integrate;

namespace {

Trial of_formula(const std::string& text, std::size_t d, double exact) {
  Trial trial = Trial::of_formula(text, std::vector<double>(d, 0.0), std::vector<double>(d, 1.0));
  Region region = trial.problem.region();
  region.exact = exact;
  trial.problem = Problem(trial.problem.shared_integrand(), region, false);
  return trial.tolerance(1e-8);
}

Probe probed(const Trial& trial) {
  const shoal::tasks::StopToken stop;
  return probe_box({trial.problem, trial.options, trial.budget, shoal::random::Stream(5, 1)}, stop).value();
}

bool chose(const Estimate& estimate, const std::string& method) {
  return estimate.note.rfind("chose " + method + ":", 0) == 0;
}

}  // namespace

TEST_CASE("auto finds kinks and jumps across single axes and cuts the box there", "[unit]") {
  const double third = 1.0 / 3;
  Trial kinks = of_formula("abs(x1 - 1/3) + exp(x2) * abs(x3 - 0.7) * abs(x3 - 0.2)", 3, 0);
  const Probe seen = probed(kinks);
  REQUIRE(seen.cuts.size() == 3);
  REQUIRE(seen.cuts[0].size() == 1);
  CHECK(std::fabs(seen.cuts[0][0] - third) < 1e-10);
  CHECK(seen.cuts[1].empty());
  REQUIRE(seen.cuts[2].size() == 2);
  CHECK(std::fabs(seen.cuts[2][0] - 0.2) < 1e-10);
  CHECK(std::fabs(seen.cuts[2][1] - 0.7) < 1e-10);
  CHECK(seen.contraction < kSmooth);
  CHECK(seen.between >= kSmooth);

  for (const char* family : {"genz_continuous", "genz_discontinuous"}) {
    Trial trial = Trial::of_family(family, 4);
    Region region = trial.problem.region();
    region.cuts.clear();  // the probe has to find them
    trial.problem = Problem(trial.problem.shared_integrand(), region, false);
    const Estimate estimate = trial.tolerance(1e-5).run("auto");
    INFO(family << " " << estimate.note << " after " << estimate.evaluations);
    CHECK(chose(estimate, "genz_malik"));
    CHECK(estimate.ending == Ending::converged);
    CHECK(std::fabs(estimate.value / trial.exact() - 1) < 1e-6);
    CHECK(estimate.evaluations < 200000);
  }
}

TEST_CASE("auto takes no cut for a kink or a jump that lies askew, and none for a smooth integrand", "[unit]") {
  const Probe askew = probed(of_formula("abs(x1 + x2 - x3)", 3, 0));
  CHECK((!askew.has_cuts() || askew.between < kSmooth));
  CHECK(askew.contraction < kSmooth);
  const Probe smooth = probed(of_formula("exp(-50 * (x1 - x2)^2) * cos(3 * x3)", 3, 0));
  CHECK_FALSE(smooth.has_cuts());
  CHECK(smooth.contraction >= kSmooth);
  Trial jump = Trial::of_formula("x1 + x2 + x3 + x4 + x5 > 2.5", std::vector<double>(5, 0.0), std::vector<double>(5, 1.0));
  jump.tolerance(1e-2);
  const Estimate estimate = jump.run("auto");
  INFO(estimate.note);
  CHECK(chose(estimate, "quasi_monte_carlo"));
  CHECK(std::fabs(estimate.value - 0.5) < 0.02);
}

TEST_CASE("what auto spends on looking belongs to its evaluations and stays within them", "[unit]") {
  for (const std::int64_t most : {100, 8000, 20000, 100000}) {
    Trial trial = Trial::of_family("genz_continuous", 5);
    trial.tolerance(1e-13);
    trial.budget.max_evaluations = most;
    const Estimate estimate = trial.run("auto");
    INFO(most << " " << estimate.note);
    CHECK(estimate.evaluations <= most);
    CHECK(estimate.evaluations > most / 3);
  }
}

TEST_CASE("both walls of a small support are found", "[unit]") {
  for (const int dimension : {6, 8}) {
    Trial trial = Trial::of_family("genz_discontinuous", dimension);
    Region region = trial.problem.region();
    const std::vector<std::vector<double>> walls = region.cuts;
    region.cuts.clear();
    trial.problem = Problem(trial.problem.shared_integrand(), region, false);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const shoal::tasks::StopToken stop;
      const Probe probe = probe_box({trial.problem, trial.options, trial.budget, shoal::random::Stream(seed, 1)}, stop).value();
      for (std::size_t k = 0; k < 2; ++k) {
        INFO("d = " << dimension << ", seed " << seed << ", axis " << k << ", " << probe.cuts[k].size() << " cuts");
        REQUIRE(probe.cuts[k].size() == 1);
        CHECK(std::fabs(probe.cuts[k][0] - walls[k][0]) < 1e-10);
      }
      CHECK(probe.n_boxes() == 4);
    }
  }
}

TEST_CASE("one line that meets a jump is enough", "[unit]") {
  // A corner that a quarter of the lines or fewer meet.
  const Probe probe = probed(of_formula("exp(x1 + x2) * (x1 + x2 + x3 + x4 > 1)", 4, 0));
  CHECK(probe.contraction < kKink);
}

TEST_CASE("smooth tails are no jump, however steep", "[integrate]") {
  struct Case {
    const char* text;
    std::size_t d;
    double side, exact;
  };
  const double pi = std::acos(-1.0);
  for (const Case& tails : {Case{"exp(-(x1^2+x2^2+x3^2))", 3, HUGE_VAL, pi * std::sqrt(pi)}, {"exp(-(x1^2+x2^2))", 2, HUGE_VAL, pi},
                            {"exp(-(x1^2+x2^2))", 2, 30, pi}, {"exp(-(x1^2+x2^2))", 2, 50, pi},
                            {"exp(-(x1^2+x2^2+x3^2))", 3, 30, pi * std::sqrt(pi)}}) {
    Trial trial = Trial::of_formula(tails.text, std::vector<double>(tails.d, -tails.side), std::vector<double>(tails.d, tails.side));
    trial.samples(200000);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Estimate estimate = trial.run("auto", seed);
      INFO(tails.text << " to " << tails.side << ", seed " << seed << ": " << estimate.note);
      CHECK(chose(estimate, "genz_malik"));
      CHECK(std::fabs(estimate.value / tails.exact - 1) < 1e-7);
    }
  }
}

TEST_CASE("in many dimensions auto leaves to vegas what gathers in places", "[integrate]") {
  std::string sum = "abs(x1-0.5)";
  for (int axis = 2; axis <= 20; ++axis) sum += "+abs(x" + std::to_string(axis) + "-0.4)";
  Trial trial = Trial::of_formula("exp(-6*(" + sum + "))", std::vector<double>(20, 0.0), std::vector<double>(20, 1.0));
  trial.samples(200000);
  const Estimate estimate = trial.run("auto");
  INFO(estimate.note);
  CHECK(chose(estimate, "vegas"));
}

TEST_CASE("what trains a map belongs to the samples asked for", "[integrate]") {
  Trial trial = Trial::of_formula("x1 + x2 + x3 + x4 + x5 > 2.5", std::vector<double>(5, 0.0), std::vector<double>(5, 1.0));
  for (const std::int64_t samples : {20000, 200000}) {
    const Estimate estimate = trial.samples(samples).run("auto");
    INFO(estimate.note << " after " << estimate.evaluations);
    CHECK(estimate.note.find("on a trained map") != std::string::npos);
    CHECK(estimate.evaluations <= samples);
    CHECK(static_cast<double>(estimate.evaluations) > 0.9 * static_cast<double>(samples));
  }
}

TEST_CASE("what is rough gets scrambled points on a trained map, with errors that are standard deviations", "[unit]") {
  for (const char* family : {"genz_continuous", "genz_discontinuous"}) {
    Trial trial = Trial::of_family(family, 9);
    Region region = trial.problem.region();
    region.cuts.clear();
    trial.problem = Problem(trial.problem.shared_integrand(), region, false);
    trial.tolerance(2e-3);
    trial.budget.max_evaluations = 100000;  // too few for all boxes between nine walls
    const Estimate estimate = trial.run("auto");
    INFO(family << " " << estimate.note << " after " << estimate.evaluations);
    if (std::string(family) == "genz_continuous") CHECK(estimate.note.find("on a trained map") != std::string::npos);
    else CHECK(chose(estimate, "genz_malik"));  // two walls make few boxes
    CHECK(estimate.ending == Ending::converged);
    CHECK(std::fabs(estimate.value / trial.exact() - 1) < 6e-3);
  }
  Trial askew = Trial::of_formula("exp(2*x1) * (x1 + x2 + x3 + x4 + x5 > 2.5)", std::vector<double>(5, 0.0), std::vector<double>(5, 1.0));
  const double exact = Trial(askew).samples(std::int64_t{1} << 22).run("quasi_monte_carlo").value;
  askew.samples(16384);
  constexpr int kSeeds = 100;
  double mean = 0, square = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Estimate estimate = askew.run("auto", seed);
    INFO("seed " << seed << ": " << estimate.note);
    REQUIRE(estimate.note.find("on a trained map") != std::string::npos);
    const double pull = (estimate.value - exact) / estimate.error;
    mean += pull / kSeeds;
    square += pull * pull / kSeeds;
  }
  CAPTURE(mean, square);
  CHECK(std::fabs(mean) < 3 / std::sqrt(double(kSeeds)));
  CHECK(std::fabs(square - 1) < 3 * std::sqrt(2.0 / kSeeds));
}

TEST_CASE("quasi-Monte Carlo uses the evaluations that a probe leaves", "[unit]") {
  Trial trial = Trial::of_formula("x1 + x2 + x3 + x4 + x5 > 2.5", std::vector<double>(5, 0.0), std::vector<double>(5, 1.0));
  trial.tolerance(1e-13);
  for (const int power : {17, 20}) {
    trial.budget.max_evaluations = std::int64_t{1} << power;
    const Estimate estimate = trial.run("auto");
    INFO(estimate.note << " after " << estimate.evaluations);
    CHECK(chose(estimate, "quasi_monte_carlo"));
    CHECK(estimate.evaluations <= trial.budget.max_evaluations);
    CHECK(static_cast<double>(estimate.evaluations) > 0.95 * static_cast<double>(trial.budget.max_evaluations));
  }
}

TEST_CASE("randomisations with different numbers of points have one honest error", "[unit]") {
  for (const char* family : {"genz_oscillatory", "genz_discontinuous"}) {
    Trial trial = Trial::of_family(family, 4);
    trial.samples(23000);  // 32 times 512 points, and 12 of them doubled
    constexpr int kSeeds = 200;
    double mean = 0, square = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Estimate estimate = trial.run("quasi_monte_carlo", seed);
      REQUIRE(estimate.evaluations == 512 * (32 + 12));
      const double pull = (estimate.value - trial.exact()) / estimate.error;
      mean += pull / kSeeds;
      square += pull * pull / kSeeds;
    }
    CAPTURE(family, mean, square);
    CHECK(std::fabs(mean) < 3 / std::sqrt(double(kSeeds)));
    CHECK(std::fabs(square - 31.0 / 29) < 3.3 * std::sqrt(2.0 / kSeeds));  // of Student's distribution, about
  }
}

TEST_CASE("a value that is not finite ends the training of a map", "[integrate]") {
  Trial trial = Trial::of_formula("abs(x1 + 0.7*x2 - 0.9*x3 + x4 - 0.6*x5 - 0.4) + 1e-300 * log(abs(x1-0.3005) - 0.0005)",
                                  std::vector<double>(5, 0.0), std::vector<double>(5, 1.0));
  trial.samples(1 << 16);
  const Estimate estimate = trial.run("auto");
  INFO(estimate.note);
  CHECK(estimate.ending == Ending::non_finite);
  CHECK(estimate.note.find("on a trained map") != std::string::npos);
  CHECK(estimate.evaluations < 1 << 15);  // the probe and the training
  CHECK(estimate.bad.count > 0);
  REQUIRE(estimate.bad.first.size() == 5);
  CHECK(estimate.bad.first[0] > 0.3);
  CHECK(estimate.bad.first[0] < 0.301);
}

TEST_CASE("a probe that is stopped gives no result", "[integrate]") {
  const Trial trial = of_formula("abs(x1 - 0.3) + x2", 2, 0);
  shoal::tasks::StopToken stop;
  stop.request();
  CHECK_FALSE(probe_box({trial.problem, trial.options, trial.budget, shoal::random::Stream(5, 1)}, stop).has_value());
}

TEST_CASE("boxes between cuts are a first generation only where memory holds them", "[integrate]") {
  Trial trial = of_formula("x1", 8, 0.5);
  const shoal::random::Stream stream(5, 1);
  CHECK(most_first_regions({trial.problem, trial.options, trial.budget, stream}, 16) == 65536);
  trial.options.memory_mb = 1;
  CHECK(most_first_regions({trial.problem, trial.options, trial.budget, stream}, 16) < 2000);
}
