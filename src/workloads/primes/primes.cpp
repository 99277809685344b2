// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/primes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

#include "shoal/error.hpp"
#include "workloads/primes/number_file.hpp"
#include "workloads/primes/prime_density.hpp"
#include "workloads/primes/test_job.hpp"
#include "workloads/primes/window_job.hpp"

namespace shoal::workloads {

std::unique_ptr<Workload> make_primes() { return std::make_unique<primes::Primes>(); }

}  // namespace shoal::workloads

namespace shoal::workloads::primes {
namespace {

using config::Code;

// The counts of windows stay in the memory of rank 0 and go into the result.
constexpr std::uint64_t kMostWindows = 20000000;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr double kLargestDouble = 18446744073709549568.0;  // below 2^64
constexpr double kDensityError = 2.4e10;                   // of the logarithmic integral below 2^64: Schoenfeld's bound

}  // namespace

bool Primes::over_interval() const {
  return parameters_.task == "count" || parameters_.task == "list" || parameters_.task == "gaps";
}

void Primes::bind(config::Table& root) {
  root_ = &root;
  primes::bind(root, parameters_);
}

void Primes::check_keys(config::Diagnostics& diagnostics) const {
  const PrimesParameters& p = parameters_;
  if (over_interval() && !root_->given("stop"))
    diagnostics.error(Code::missing_key, root_->where("task"), "missing key `stop`", "the first number not looked at any more");
  if (over_interval() && root_->given("stop") && p.stop < p.start)
    diagnostics.error(Code::contradiction, root_->where("stop"), fmt::format("`stop` is {}, below `start`, which is {}", p.stop, p.start),
                      "[start, stop) is half-open; equal ones are an empty interval");
  if (p.task == "nth" && !root_->given("n"))
    diagnostics.error(Code::missing_key, root_->where("task"), "missing key `n`", "which prime, from 1");
  if (p.task == "test") check_test(diagnostics);
}

void Primes::check_test(config::Diagnostics& diagnostics) const {
  const TestParameters& test = parameters_.test;
  const int sources = !test.file.empty() + root_->given("test.range") + root_->given("test.numbers");
  if (sources != 1)
    diagnostics.error(sources == 0 ? Code::missing_key : Code::contradiction, root_->where("test"),
                      sources == 0 ? "which numbers should be tested?" : "numbers from more than one place",
                      "give one of `file`, `range` and `numbers` in [test]");
  if (std::set<std::string>(test.methods.begin(), test.methods.end()).size() != test.methods.size())
    diagnostics.error(Code::contradiction, root_->where("test.methods"), "a method is given twice", "each is compared with the first");
  if (root_->given("test.numbers") && test.numbers.empty())
    diagnostics.error(Code::out_of_range, root_->where("test.numbers"), "no numbers", "give at least one");
  if (!root_->given("test.range")) return;
  const auto& range = test.range;
  if (range.size() != 2 || range[1] <= range[0])
    diagnostics.error(Code::contradiction, root_->where("test.range"), "not a range", "expected [first, stop] with first < stop");
  else if (range[1] - range[0] > kMostTested)
    diagnostics.error(Code::out_of_range, root_->where("test.range"), fmt::format("{} numbers are too many to be tested one by one", range[1] - range[0]),
                      fmt::format("at most {}; task = \"list\" and \"count\" sieve", kMostTested));
}

void Primes::load(const std::string& folder, std::uint64_t, config::Diagnostics& diagnostics) {
  const PrimesParameters& p = parameters_;
  use_one_thread();
  if (p.task == "test") return load_test(folder);
  const bool given = p.window != 0;
  if (p.task == "nth") {
    const double there = expected_primes(p.start, kMost);
    if (static_cast<double>(p.n) > there + kDensityError) {
      diagnostics.error(Code::out_of_range, root_->where("n"), fmt::format("there are fewer primes than this from {} on below 2^64", p.start),
                        fmt::format("about {:.10g}", there));
      return;
    }
    const double expected = std::min(expected_nth_prime(static_cast<double>(p.n), p.start), kLargestDouble);
    job_ = make_nth_job(p.n, p.start, given ? p.window : default_window(static_cast<std::uint64_t>(expected)));
    return;
  }
  const std::uint64_t rule = p.task == "list" ? list_window(p.stop) : default_window(p.stop);
  const std::uint64_t window = given ? p.window : rule;
  const WindowPlan plan(p.start, p.stop, window);
  if ((p.stop - p.start) / std::max<std::uint64_t>(window, 30) > kMostWindows) {
    diagnostics.error(Code::out_of_range, root_->where(given ? "window" : "stop"), fmt::format("{} windows are too many", plan.size()),
                      fmt::format("at most {}; by the rule windows have {} numbers here", kMostWindows, rule));
    return;
  }
  if (p.task == "count") job_ = make_count_job(plan, given, p.outputs);
  if (p.task == "gaps") job_ = make_gap_job(plan, given);
  if (p.task == "list") job_ = make_list_job(plan, given);
}

void Primes::load_test(const std::string& folder) {
  const TestParameters& test = parameters_.test;
  Numbers numbers;
  if (!test.file.empty()) {
    file_ = folder.empty() || test.file.front() == '/' ? test.file : (std::filesystem::path(folder) / test.file).string();
    numbers.list = read_numbers(file_, test.format, test.column);
  } else if (!test.numbers.empty()) {
    numbers.list = test.numbers;
  } else {
    numbers.begin = test.range[0];
    numbers.end = test.range[1];
  }
  job_ = make_test_job(std::move(numbers), test);
}

std::vector<DataFile> Primes::data_files() const {
  if (file_.empty()) return {};
  return {{"test.file", file_}};
}

std::vector<std::string> Primes::growable_keys() const {
  if (over_interval() && parameters_.window != 0) return {"stop"};
  return {};
}

}  // namespace shoal::workloads::primes
