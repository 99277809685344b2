// SPDX-License-Identifier: Apache-2.0
// Counting primes on one core: the job, task by task, against one call of libprimesieve for the whole interval, interleaved;
// medians of 5. And what further outputs cost.
//
//   benchmark_primes_sieve [RESULT.json]
#include <fmt/format.h>
#include <primesieve.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "run/input.hpp"
#include "shoal/tasks/serial.hpp"

using namespace shoal;

namespace {

constexpr int kRepetitions = 5;

struct Case {
  std::string name;
  std::uint64_t start, length;
  std::string outputs = "\"count\"";
  std::vector<double> ours = {}, theirs = {};
};

template <class Call>
double seconds_of(const Call& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void measure(Case& c) {
  const std::string text = fmt::format("workload = \"primes\"\nstart = {}\nstop = {}\noutputs = [{}]\n", c.start, c.start + c.length, c.outputs);
  run::Input input = run::load_input_text(text, "benchmark", "", {});
  std::uint64_t expected = 0;
  c.theirs.push_back(seconds_of([&] { expected = primesieve::count_primes(c.start, c.start + c.length - 1); }));
  c.ours.push_back(seconds_of([&] {
    if (tasks::run_serial(input.workload->job(), {}).outcome != tasks::Outcome::complete) throw std::runtime_error("not complete");
  }));
  record::Group results, measurements;
  input.workload->write_results(results, measurements);
  if (results.datasets.at("count").values<std::uint64_t>().at(0) != expected) throw std::runtime_error("another count");
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  primesieve::set_num_threads(1);
  const std::string every_prime = "\"sum\", \"xor\", \"residues\", \"max_gap\"";
  std::vector<Case> cases = {{"[0, 10^9)", 0, 1000000000},
                             {"[0, 10^10)", 0, 10000000000},
                             {"[10^12, +10^9)", 1000000000000, 1000000000},
                             {"[10^15, +10^9)", 1000000000000000, 1000000000},
                             {"[0, 10^9) and twins", 0, 1000000000, "\"twins\""},
                             {"[0, 10^9), every prime", 0, 1000000000, every_prime}};
  for (int repetition = 0; repetition < kRepetitions; ++repetition)
    for (Case& c : cases) measure(c);
  fmt::print("{:26} {:>14} {:>12} {:>18}\n", "one core, seconds", "primesieve", "this job", "job / primesieve");
  std::string json;
  for (const Case& c : cases) {
    std::vector<double> ratios;
    for (int i = 0; i < kRepetitions; ++i) ratios.push_back(c.ours[static_cast<std::size_t>(i)] / c.theirs[static_cast<std::size_t>(i)]);
    fmt::print("{:26} {:>14.4f} {:>12.4f} {:>18.3f}\n", c.name, median(c.theirs), median(c.ours), median(ratios));
    json += fmt::format("{}\n  {{\"interval\": \"{}\", \"primesieve_seconds\": {:.5g}, \"job_seconds\": {:.5g}, \"ratio\": {:.4g}}}", json.empty() ? "[" : ",",
                        c.name, median(c.theirs), median(c.ours), median(ratios));
  }
  if (argc > 1) {
    if (std::FILE* file = std::fopen(argv[1], "w")) {
      fmt::print(file, "{}\n]\n", json);
      std::fclose(file);
    }
  }
}
