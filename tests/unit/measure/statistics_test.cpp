// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "shoal/measure/clock.hpp"

using namespace shoal::measure;

namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

bool relative(double a, double b, double tolerance) {
  return std::fabs(a - b) <= tolerance * std::fabs(b);
}

}  // namespace

TEST_CASE("Student's quantiles agree with 30-digit values to 1e-9", "[measure]") {
  struct Known {
    double p;
    long n;
    double t;
  };
  for (const Known& k : {Known{0.975, 1, 12.706204736432095},
                         {0.975, 2, 4.302652729911275},
                         {0.975, 3, 3.182446305284263},
                         {0.975, 7, 2.3646242510102993},
                         {0.975, 30, 2.0422724563012373},
                         {0.9, 5, 1.4758840487820273},
                         {0.999, 4, 7.173182219782308},
                         {0.975, 399, 1.965927295920809},
                         {0.975, 400, 1.965912343229391},
                         {0.975, 5000, 1.9604385517065075},
                         {0.999999, 6, 17.830314500655492},
                         {0.999999, 400, 4.824434071131703}}) {
    INFO("p " << k.p << ", n " << k.n << ": " << t_quantile(k.p, k.n));
    CHECK(relative(t_quantile(k.p, k.n), k.t, 1e-9));
    CHECK(t_quantile(1 - k.p, k.n) < 0);
  }
}

TEST_CASE("Normal quantiles agree with SciPy to 1e-9", "[measure]") {
  CHECK(normal_quantile(0.5) == 0);
  CHECK(relative(normal_quantile(0.6), 0.2533471031357997, 1e-9));
  CHECK(relative(normal_quantile(0.975), 1.959963984540054, 1e-12));
  CHECK(relative(normal_quantile(0.999), 3.090232306167813, 1e-9));
  CHECK(relative(normal_quantile(0.999999), 4.753424308817087, 1e-9));
  CHECK(normal_quantile(0.025) == Approx(-1.959963984540054));
}

TEST_CASE("The mean is exact where a plain sum is not", "[measure]") {
  const std::vector<double> values = {1e100, 1.0, -1e100, 1.0};
  CHECK(sum(values) == 2.0);
  CHECK(mean(values) == 0.5);
  CHECK(std::isnan(mean(std::vector<double>{})));
}

TEST_CASE("Quantiles interpolate as numpy does", "[measure]") {
  const std::vector<double> values = {9, 1, 4, 2, 7};
  CHECK(median(values) == 4);
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 1) == 9);
  CHECK(quantile(values, 0.9) == Approx(8.2));
  CHECK(median(std::vector<double>{3, 1}) == 2);
  CHECK(median(std::vector<double>{5}) == 5);
  CHECK(std::isnan(median(std::vector<double>{})));
}

TEST_CASE("The deviation and the interval of the mean follow the textbook", "[measure]") {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  CHECK(standard_deviation(values) == Approx(2.138089935299395));
  const Interval interval = mean_interval(values);
  CHECK(interval.low == Approx(5 - 2.3646242510102993 * 2.138089935299395 / std::sqrt(8.0)));
  CHECK(interval.low + interval.high == Approx(10));
  CHECK(std::isnan(mean_interval(std::vector<double>{1}).low));
}

TEST_CASE("The interval of the median takes the order statistics of the binomial tail", "[measure]") {
  std::vector<double> values;
  for (int i = 1; i <= 20; ++i) values.push_back(21 - i);
  CHECK(median_interval(values).low == 6);  // d = 6 for n = 20
  CHECK(median_interval(values).high == 15);
  CHECK(std::isnan(median_interval(std::vector<double>{1, 2, 3, 4, 5}).low));
  CHECK(median_interval(std::vector<double>{6, 1, 2, 3, 4, 5}).low == 1);
  for (const auto& [n, d] : {std::pair{100, 40}, {999, 469}, {1000, 469}, {2000, 956}, {10000, 4902}}) {
    std::vector<double> ranks;
    for (int i = 1; i <= n; ++i) ranks.push_back(i);
    CHECK(median_interval(ranks).low == d);
    CHECK(median_interval(ranks).high == n + 1 - d);
  }
}

TEST_CASE("Failures of infinite loss count as what they are", "[measure]") {
  const std::vector<double> values = {1, kInfinity, 2};
  CHECK(median(values) == 2);
  CHECK(mean(values) == kInfinity);
  CHECK(std::isnan(mean_interval(values).low));
  CHECK(std::isnan(standard_deviation(values)));
  CHECK(median(std::vector<double>{kInfinity, kInfinity}) == kInfinity);
  CHECK(quantile(values, 0.75) == kInfinity);
  CHECK(summarise(values).maximum == kInfinity);
}

TEST_CASE("The median deviation ignores an outlier", "[measure]") {
  const std::vector<double> values = {1, 2, 3, 4, 1e9};
  CHECK(median_deviation(values) == Approx(1.482602218505602));
}

TEST_CASE("Clocks advance and CPU time never exceeds what the process used", "[measure]") {
  const Stopwatch stopwatch;
  volatile double x = 1;
  for (int i = 0; i < 100000; ++i) x = x + 1;
  CHECK(stopwatch.wall_seconds() > 0);
  CHECK(stopwatch.thread_seconds() > 0);
  CHECK(thread_cpu_seconds() <= process_cpu_seconds() + 1e-3);
}
