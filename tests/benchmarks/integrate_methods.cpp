// SPDX-License-Identifier: Apache-2.0
// Integration on one core, each figure beside its limit or peer in the same run (interleaved, medians):
//   midpoint of 1/(1+x^2)     built in, as a formula, and the divider's own limit (independent divisions from registers)
//   Monte Carlo               samples of 1/(1+x^2) and of x, beside the generator alone
//   random Riemann sums       all n = 0 .. 9999, beside std::sort
//   VEGAS+ in 8 dimensions    error and seconds; tests/benchmarks/integrate_peers.py runs numpy, numexpr and the package vegas
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "shoal/measure/clock.hpp"
#include "shoal/random/distributions.hpp"
#include "workloads/integrate/method.hpp"

using namespace shoal::workloads::integrate;

namespace {

volatile double sink;

struct Row {
  std::string name, unit;
  double count;  // per call
  std::function<void()> call;
  std::vector<double> seconds;
};

// CPU time: others may use the machine, too.
double seconds_of(const std::function<void()>& call) {
  const double begin = shoal::measure::thread_cpu_seconds();
  call();
  return shoal::measure::thread_cpu_seconds() - begin;
}

Problem family_problem(const std::string& name, int dimension) {
  const FamilyInfo* info = find_family(name);
  Family family = info->make(dimension, info->alpha);
  return Problem(std::move(family.integrand), std::move(family.region), false);
}

Problem formula_problem(const std::string& text) {
  Region region;
  region.lower = {0};
  region.upper = {1};
  return Problem(make_expression(text, {"x"}, {}), region, false);
}

Estimate run(const char* method, const Problem& problem, std::int64_t samples, std::uint64_t seed = 1) {
  static const Options options;
  const shoal::tasks::StopToken stop;
  const Method& chosen = all_methods()[static_cast<std::size_t>(find_method(method))].method();
  return *estimate(chosen, {problem, options, {samples, 0, 0, samples}, shoal::random::Stream(seed, 1)}, stop);
}

// n divisions of independent numbers that are never stored.
double divisions(std::int64_t n) {
  double lanes[32], x[32];
  for (int i = 0; i < 32; ++i) lanes[i] = 0, x[i] = 1 + i * 0.01;
  for (std::int64_t i = 0; i < n; i += 32)
    for (int lane = 0; lane < 32; ++lane) lanes[lane] = 1 / (x[lane] + lanes[lane]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

void classroom(const Problem& problem) {
  for (std::int64_t n = 0; n < 10000; ++n) sink = run("riemann_random", problem, n, static_cast<std::uint64_t>(n)).value;
}

void classroom_sorted() {
  const shoal::random::Stream stream(1, 1);
  std::vector<double> x(10000);
  for (std::size_t n = 2; n < 10000; ++n) {
    const std::span<double> nodes(x.data(), n);
    shoal::random::fill_uniform(stream, n, 0, nodes);
    std::sort(nodes.begin(), nodes.end());
    double area = 0;
    for (std::size_t i = 0; i + 1 < n; ++i) area += (nodes[i + 1] - nodes[i]) / (1 + nodes[i + 1] * nodes[i + 1]);
    sink = area;
  }
}

}  // namespace

// integrate_methods [PART]: only the rows whose names contain PART.
int main(int argc, char** argv) {
  const std::string part = argc > 1 ? argv[1] : "";
  constexpr std::int64_t n = 1 << 24;
  const Problem arctangent = family_problem("arctangent", 1), formula = formula_problem("1/(1+x^2)"), line = formula_problem("x");
  const Problem peak = family_problem("genz_product_peak", 8);
  std::vector<Row> rows;
  const auto add = [&](std::string name, std::string unit, double count, std::function<void()> call) {
    if (name.find(part) != std::string::npos) rows.push_back({std::move(name), std::move(unit), count, std::move(call), {}});
  };
  add("midpoint: divider limit", "division", n, [] { sink = divisions(n); });
  add("midpoint, built in", "point", n, [&] { sink = run("midpoint", arctangent, n).value; });
  add("midpoint, formula", "point", n, [&] { sink = run("midpoint", formula, n).value; });
  add("Monte Carlo: generator alone, 52 bits", "sample", n, [] { sink = shoal::random::sum_uniform(shoal::random::Stream(1, 1), 0, 0, n); });
  add("Monte Carlo: generator alone, 32 bits", "sample", n, [] { sink = shoal::random::sum_uniform_32(shoal::random::Stream(1, 1), 0, 0, n); });
  add("Monte Carlo, 1/(1+x^2) built in", "sample", n, [&] { sink = run("monte_carlo", arctangent, n).value; });
  add("Monte Carlo, x as a formula", "sample", n, [&] { sink = run("monte_carlo", line, n).value; });
  add("Monte Carlo, quasi, 1/(1+x^2)", "sample", n, [&] { sink = run("quasi_monte_carlo", arctangent, n).value; });
  add("random Riemann sums, n < 10000", "node", 49995000, [&] { classroom(arctangent); });
  add("random Riemann sums by std::sort", "node", 49995000, [] { classroom_sorted(); });
  add("VEGAS+, product peak, d = 8", "sample", 1e6, [&] { sink = run("vegas", peak, 1000000).value; });
  for (int repetition = 0; repetition < 5; ++repetition)
    for (Row& row : rows) row.seconds.push_back(seconds_of(row.call));
  fmt::print("{:36} {:>10} {:>10} {:>10}\n", "", "seconds", "ns each", "G/s");
  std::string json;
  for (Row& row : rows) {
    std::sort(row.seconds.begin(), row.seconds.end());
    const double median = row.seconds[row.seconds.size() / 2];
    fmt::print("{:36} {:>10.4f} {:>10.3f} {:>10.3f} per {}\n", row.name, median, median / row.count * 1e9, row.count / median * 1e-9, row.unit);
    json += fmt::format("{}  {{\"name\": \"{}\", \"median_seconds\": {}, \"count\": {}}}", json.empty() ? "" : ",\n", row.name, median, row.count);
  }
  const Estimate vegas = run("vegas", peak, 1000000);
  fmt::print("VEGAS+ d = 8: relative error {:.2e}, relative true error {:.2e}, {} evaluations\n", vegas.error / vegas.value,
             vegas.value / *peak.region().exact - 1, vegas.evaluations);
  if (std::FILE* file = std::fopen("integrate_methods.json", "w")) {
    fmt::print(file, "[\n{}\n]\n", json);
    std::fclose(file);
  }
}
