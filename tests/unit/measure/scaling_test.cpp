// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/scaling.hpp"

#include <cmath>
#include <numeric>

#include "catch.hpp"

using namespace shoal::measure;

namespace {

// specsdm91 of the R package usl: load and throughput.
const std::vector<double> kLoad = {1, 18, 36, 72, 108, 144, 216};
const std::vector<double> kThroughput = {64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2};

// Efficiency of primecount under MPI on so many nodes.
const std::vector<double> kNodes = {1, 5, 10, 20, 30, 40, 50};

}  // namespace

TEST_CASE("The scalability law of specsdm91 agrees with R's usl 3.0", "[unit]") {
  const UslFit fit = fit_usl(kLoad, kThroughput);
  CHECK(fit.law.alpha == Approx(0.02772848).epsilon(2e-7));
  CHECK(fit.law.beta == Approx(1.043655e-4).epsilon(5e-7));
  CHECK(fit.law.gamma == Approx(89.995233).epsilon(1e-7));
  CHECK(fit.standard_error[0] == Approx(0.00912173).epsilon(1e-6));
  CHECK(fit.standard_error[1] == Approx(1.98753e-5).epsilon(1e-5));
  CHECK(fit.standard_error[2] == Approx(14.213489).epsilon(1e-6));
  CHECK(fit.residual_error == Approx(82.8).epsilon(1e-3));
  CHECK(fit.degrees_of_freedom == 4);
  CHECK(fit.law.peak() == Approx(96.52).epsilon(1e-4));
  CHECK(fit.law.throughput(fit.law.peak()) == Approx(1884).epsilon(1e-3));
  CHECK(fit.law.limit() == Approx(3246).epsilon(1e-3));
  CHECK(fit.law.optimum() == Approx(36.06).epsilon(1e-3));
  CHECK_FALSE((fit.alpha_at_bound || fit.beta_at_bound));
  CHECK(fit.interval[0].high - fit.interval[0].low == Approx(2 * 2.7764451 * 0.00912173).epsilon(1e-6));
  CHECK(fit.covariance[0][1] == Approx(fit.covariance[1][0]));
}

TEST_CASE("A perfect law is found to the last digits, whatever the unit", "[unit]") {
  for (const double unit : {1e-9, 1.0, 1e12}) {
    const Usl law{0.03, 2e-4, 5 * unit};
    std::vector<double> n, x;
    for (const double size : {1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 128.0}) n.push_back(size), x.push_back(law.throughput(size));
    const UslFit fit = fit_usl(n, x);
    CHECK(fit.law.alpha == Approx(law.alpha).epsilon(1e-9));
    CHECK(fit.law.beta == Approx(law.beta).epsilon(1e-9));
    CHECK(fit.law.gamma == Approx(law.gamma).epsilon(1e-9));
  }
}

TEST_CASE("A slow base makes contention negative; the constrained fit says that its bound is active", "[unit]") {
  const std::vector<double> efficiencies = {1, .9271, .9615, .9684, .9649, .9305, .8580};
  std::vector<double> speedup;
  for (std::size_t i = 0; i < kNodes.size(); ++i) speedup.push_back(efficiencies[i] * kNodes[i]);
  const UslFit plain = fit_usl(kNodes, speedup, false);
  CHECK(plain.law.alpha == Approx(-0.0077).margin(1e-4));
  CHECK(plain.standard_error[0] == Approx(0.0010).margin(1e-4));
  CHECK(plain.law.gamma == Approx(0.896).margin(1e-3));
  const UslFit bound = fit_usl(kNodes, speedup);
  CHECK(bound.alpha_at_bound);
  CHECK(bound.law.alpha == 0);
  CHECK(bound.standard_error[0] == 0);
  CHECK(bound.law.beta > 0);
  CHECK(bound.law.limit() == std::numeric_limits<double>::infinity());
  CHECK(bound.degrees_of_freedom == 5);
}

TEST_CASE("Linear scaling keeps both parameters at their bounds or next to them", "[unit]") {
  const std::vector<double> n = {1, 2, 4, 8, 16}, x = {3, 6.01, 11.98, 24.05, 48.2};
  const UslFit fit = fit_usl(n, x);
  CHECK(fit.law.alpha < 1e-3);
  CHECK(fit.law.beta < 1e-3);
  CHECK(fit.law.gamma == Approx(3.01).epsilon(0.01));
  CHECK(fit.law.peak() > 100);
}

TEST_CASE("Too few or impossible points are refused", "[unit]") {
  const std::vector<double> three = {1, 2, 4}, four = {1, 2, 2, 1}, zero = {1, 2, 4, 8}, x4 = {1, 2, 3, 0};
  CHECK_THROWS_AS(fit_usl(three, three), std::invalid_argument);
  CHECK_THROWS_AS(fit_usl(four, four), std::invalid_argument);
  CHECK_THROWS_AS(fit_usl(zero, x4), std::invalid_argument);
}

TEST_CASE("Bootstrap intervals hold the law that made the repetitions, and are the same every time", "[unit]") {
  const Usl law{0.02, 3e-4, 10};
  std::vector<Repeated> points;
  for (const double n : {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0}) {
    Repeated point{n, {}};
    for (int i = 0; i < 7; ++i) point.throughput.push_back(law.throughput(n) * (1 + 0.01 * (i - 3) * (static_cast<int>(n) % 3 == 1 ? 1 : -1)));
    points.push_back(point);
  }
  const UslBootstrap b = bootstrap_usl(points, 300);
  CHECK(b.samples == 300);
  CHECK((b.alpha.low <= law.alpha && law.alpha <= b.alpha.high && b.alpha.high < 0.06));
  CHECK((b.beta.low <= law.beta && law.beta <= b.beta.high));
  CHECK((b.gamma.low <= law.gamma && law.gamma <= b.gamma.high));
  CHECK((b.peak.low <= law.peak() && law.peak() <= b.peak.high));
  CHECK(bootstrap_usl(points, 300).alpha.high == b.alpha.high);
  CHECK(bootstrap_usl(points, 300, 2).alpha.high != b.alpha.high);
}

TEST_CASE("Karp and Flatt's serial shares of Quinn's tables", "[unit]") {
  const std::vector<double> serial = {1.82, 2.50, 3.08, 3.57, 4.00, 4.38, 4.71};
  const std::vector<double> serial_share = {.0989, .1000, .0996, .1001, .1000, .0997, .0998};
  const std::vector<double> overhead = {1.87, 2.61, 3.23, 3.73, 4.14, 4.46, 4.71};
  const std::vector<double> overhead_share = {.0695, .0747, .0795, .0851, .0899, .0949, .0998};
  for (std::size_t i = 0; i < serial.size(); ++i) {
    const double p = static_cast<double>(i) + 2;
    CHECK(std::fabs(karp_flatt(serial[i], p) - serial_share[i]) <= 0.5e-4 + 1e-12);
    CHECK(std::fabs(karp_flatt(overhead[i], p) - overhead_share[i]) <= 0.5e-4 + 1e-12);
  }
}

TEST_CASE("Karp and Flatt's serial shares of primecount under MPI", "[unit]") {
  const std::vector<double> efficiencies = {.9271, .9615, .9684, .9649, .9305, .8580};
  const std::vector<double> shares = {.01966, .00445, .00172, .00125, .00192, .00338};
  for (std::size_t i = 0; i < shares.size(); ++i) {
    CHECK(karp_flatt(efficiencies[i] * kNodes[i + 1], kNodes[i + 1]) == Approx(shares[i]).margin(6e-6));
    CHECK(efficiency(efficiencies[i] * kNodes[i + 1], kNodes[i + 1]) == Approx(efficiencies[i]));
  }
}

TEST_CASE("Amdahl's and Gustafson's laws, and their fits", "[unit]") {
  CHECK(amdahl_speedup(0, 8) == 8);
  CHECK(amdahl_speedup(0.1, 10) == Approx(1 / 0.19));
  CHECK(gustafson_speedup(0.1, 10) == Approx(9.1));
  CHECK(weak_efficiency(2, 2.5) == Approx(0.8));
  CHECK(karp_flatt(amdahl_speedup(0.07, 13), 13) == Approx(0.07));
  std::vector<double> amdahl, gustafson, linear;
  for (const double p : kNodes) {
    amdahl.push_back(amdahl_speedup(0.07, p));
    gustafson.push_back(gustafson_speedup(0.07, p));
    linear.push_back(p * 1.001);
  }
  CHECK(fit_amdahl(kNodes, amdahl) == Approx(0.07).epsilon(1e-6));
  CHECK(fit_gustafson(kNodes, gustafson) == Approx(0.07));
  CHECK(fit_amdahl(kNodes, linear) == 0);
  CHECK(fit_gustafson(kNodes, linear) == 0);
}

TEST_CASE("Performance models find the term that made the times, and prefer constants", "[unit]") {
  const std::vector<double> p = {2, 4, 8, 16, 32, 64};
  const auto made = [&](double c0, double c1, double power, int log_power) {
    std::vector<double> values;
    for (const double size : p) values.push_back(c0 + c1 * std::pow(size, power) * std::pow(std::log2(size), log_power));
    return fit_performance_model(p, values);
  };
  for (const auto& [power, log_power] : {std::pair{0.0, 1}, {0.5, 0}, {1.0, 0}, {1.0, 1}, {1.5, 2}, {2.0, 0}}) {
    const PerformanceModel model = made(3, 0.5, power, log_power);
    CHECK(model.power == Approx(power));
    CHECK(model.log_power == log_power);
    CHECK(model.constant == Approx(3));
    CHECK(model.factor == Approx(0.5));
    CHECK(model(1024) == Approx(3 + 0.5 * std::pow(1024, power) * std::pow(10, log_power)));
  }
  CHECK(made(3, 0.5, 1.5, 1).formula() == "3 + 0.5 p^(1.5) log2(p)");
  const std::vector<double> noise = {5.01, 4.99, 5.02, 4.98, 5.0, 5.01};
  CHECK(fit_performance_model(p, noise).factor == 0);
  CHECK_THROWS_AS(fit_performance_model(std::span(p).first(4), std::span(noise).first(4)), std::invalid_argument);
}
