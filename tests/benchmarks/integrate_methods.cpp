// SPDX-License-Identifier: Apache-2.0
// Integration on one core, each figure beside its limit in the same run (interleaved, medians). Limits are what this core does
// with nothing else: divisions of independent numbers, and operations of one lane of 64 bits (additions of integers). A sample of
// 1/(1+x^2) takes 91 operations of vectors per 32, 55 of them for its random words; a word alone 67 per 32 (with AVX-512).
//
//   benchmark_integrate_methods [PART]     only the rows whose names contain PART, and limits
//   benchmark_integrate_methods --serve    answers each line, the name of a row, by the seconds and the count of one call; an empty
//                                          line by all rows: name, unit, limit, units of it for each. For integrate_peers.py.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
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
  std::string limit;      // the row that limits this one
  double per_unit;        // how many of its units one of these takes
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

// Additions of 64-bit integers, 16 chains, n times 128 lanes.
__attribute__((target("avx512f"))) void operations_512(long n) {
  for (long i = 0; i < n; ++i)
    asm volatile(
        "vpaddq %%zmm16, %%zmm16, %%zmm16\n vpaddq %%zmm17, %%zmm17, %%zmm17\n vpaddq %%zmm18, %%zmm18, %%zmm18\n"
        "vpaddq %%zmm19, %%zmm19, %%zmm19\n vpaddq %%zmm20, %%zmm20, %%zmm20\n vpaddq %%zmm21, %%zmm21, %%zmm21\n"
        "vpaddq %%zmm22, %%zmm22, %%zmm22\n vpaddq %%zmm23, %%zmm23, %%zmm23\n vpaddq %%zmm24, %%zmm24, %%zmm24\n"
        "vpaddq %%zmm25, %%zmm25, %%zmm25\n vpaddq %%zmm26, %%zmm26, %%zmm26\n vpaddq %%zmm27, %%zmm27, %%zmm27\n"
        "vpaddq %%zmm28, %%zmm28, %%zmm28\n vpaddq %%zmm29, %%zmm29, %%zmm29\n vpaddq %%zmm30, %%zmm30, %%zmm30\n"
        "vpaddq %%zmm31, %%zmm31, %%zmm31\n" ::: "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27",
        "xmm28", "xmm29", "xmm30", "xmm31");
}

void operations_256(long n) {
  for (long i = 0; i < 4 * n; ++i)
    asm volatile(
        "vpaddq %%ymm0, %%ymm0, %%ymm0\n vpaddq %%ymm1, %%ymm1, %%ymm1\n vpaddq %%ymm2, %%ymm2, %%ymm2\n vpaddq %%ymm3, %%ymm3, %%ymm3\n"
        "vpaddq %%ymm4, %%ymm4, %%ymm4\n vpaddq %%ymm5, %%ymm5, %%ymm5\n vpaddq %%ymm6, %%ymm6, %%ymm6\n vpaddq %%ymm7, %%ymm7, %%ymm7\n" ::: "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
}

void operations(long n) {
  if (__builtin_cpu_supports("avx512f")) operations_512(n);
  else operations_256(n);
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

const std::string kDivisions = "limit: divisions", kOperations = "limit: operations";

std::vector<Row> all_rows() {
  static const Problem arctangent = family_problem("arctangent", 1), gaussian = family_problem("genz_gaussian", 1);
  static const Problem formula = formula_problem("1/(1+x^2)"), line = formula_problem("x"), peak = family_problem("genz_product_peak", 8);
  static const shoal::random::Stream stream(1, 1);
  constexpr std::int64_t n = 1 << 22;
  const auto evaluations = static_cast<double>(run("midpoint", arctangent, n).evaluations);
  const auto method = [](const char* name, const Problem& problem, std::int64_t samples) {
    return [name, &problem, samples] { sink = run(name, problem, samples).value; };
  };
  constexpr double kBurst = 1 << 16, word = 67.0 / 4, sample = 91.0 / 4;
  return {
      {kDivisions, "division", n, [] { sink = divisions(n); }, "", 0, {}},
      {kOperations, "operation", kBurst * 16 * 8, [] { operations(static_cast<long>(kBurst)); }, "", 0, {}},
      {"midpoint, 1/(1+x^2) built in", "evaluation", evaluations, method("midpoint", arctangent, n), kDivisions, 1, {}},
      {"midpoint, 1/(1+x^2) typed", "evaluation", evaluations, method("midpoint", formula, n), kDivisions, 1, {}},
      {"generator alone, 52 bits", "number", n, [] { sink = shoal::random::sum_uniform(stream, 0, 0, n); }, kOperations, 2 * word, {}},
      {"generator alone, 32 bits", "number", n, [] { sink = shoal::random::sum_uniform_32(stream, 0, 0, n); }, kOperations, word, {}},
      {"Monte Carlo, 1/(1+x^2) built in", "sample", n, method("monte_carlo", arctangent, n), kOperations, sample, {}},
      {"Monte Carlo, 1/(1+x^2) typed", "sample", n, method("monte_carlo", formula, n), kDivisions, 1, {}},
      {"Monte Carlo, x typed", "sample", n, method("monte_carlo", line, n), kOperations, word, {}},
      {"Monte Carlo, genz_gaussian", "sample", n, method("monte_carlo", gaussian, n), "", 0, {}},
      {"quasi Monte Carlo, 1/(1+x^2) built in", "sample", n, method("quasi_monte_carlo", arctangent, n), kDivisions, 1, {}},
      {"random Riemann sums, n < 10000", "node", 49995000, [] { classroom(arctangent); }, "", 0, {}},
      {"random Riemann sums by std::sort", "node", 49995000, [] { classroom_sorted(); }, "", 0, {}},
      {"VEGAS+, product peak, d = 8", "sample", 1e6, method("vegas", peak, 1000000), "", 0, {}},
  };
}

const Row* find_row(const std::vector<Row>& rows, const std::string& name) {
  for (const Row& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

void serve(const std::vector<Row>& rows) {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.empty())
      for (const Row& row : rows) fmt::print("{}\t{}\t{}\t{}\n", row.name, row.unit, row.limit, row.per_unit);
    const Row* row = find_row(rows, line);
    if (row) fmt::print("{} {}\n", seconds_of(row->call), row->count);
    else fmt::print("\n");
    std::fflush(stdout);
  }
}

double median_rate(const Row& row) {
  std::vector<double> seconds = row.seconds;
  std::sort(seconds.begin(), seconds.end());
  return row.count / seconds[seconds.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::string part = argc > 1 ? argv[1] : "";
  std::vector<Row> rows = all_rows();
  if (part == "--serve") return serve(rows), 0;
  std::erase_if(rows, [&](const Row& row) { return row.name.find(part) == std::string::npos && !row.name.starts_with("limit"); });
  for (int repetition = 0; repetition < 5; ++repetition)
    for (Row& row : rows) row.seconds.push_back(seconds_of(row.call));
  fmt::print("{:40} {:>10} {:>10} {:>10} {:>9}\n", "", "seconds", "ns each", "G/s", "of limit");
  std::string json;
  for (const Row& row : rows) {
    const double rate = median_rate(row), limit = row.limit.empty() ? 0 : median_rate(*find_row(rows, row.limit)) / row.per_unit;
    const std::string share = limit > 0 ? fmt::format("{:.0f} %", 100 * rate / limit) : "";
    fmt::print("{:40} {:>10.4f} {:>10.3f} {:>10.3f} {:>9} per {}\n", row.name, row.count / rate, 1e9 / rate, rate * 1e-9, share, row.unit);
    json += fmt::format("{}  {{\"name\": \"{}\", \"median_seconds\": {}, \"count\": {}, \"limit_per_second\": {}}}", json.empty() ? "" : ",\n",
                        row.name, row.count / rate, row.count, limit);
  }
  const Problem peak = family_problem("genz_product_peak", 8);
  const Estimate vegas = run("vegas", peak, 1000000);
  fmt::print("VEGAS+ d = 8: relative error {:.2e}, relative true error {:.2e}, {} evaluations\n", vegas.error / vegas.value,
             vegas.value / *peak.region().exact - 1, vegas.evaluations);
  if (std::FILE* file = std::fopen("integrate_methods.json", "w")) {
    fmt::print(file, "[\n{}\n]\n", json);
    std::fclose(file);
  }
}
