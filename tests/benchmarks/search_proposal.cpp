// SPDX-License-Identifier: Apache-2.0
// What a proposal of the estimator costs after 100, 10,000 and 1,000,000 finished trials, with 16 pending: microseconds a
// parameter, by kind of parameter and way of proposing; what an observation costs; and the memory of a trial. Medians of
// interleaved batches on one core. The aim: at most 20 microseconds a parameter, the largest at most 1.5 times the least.
//
//   benchmark_search_proposal [json=FILE] [only=PART OF A NAME] [batches=15] [largest=1000000]
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>

#include "search_functions.hpp"

using namespace shoal;
using namespace shoal::search;
using namespace shoal::search::benchmark;

namespace {

constexpr std::int64_t kPending = 16;
constexpr int kProposals = 40;

struct Case {
  std::string name, space, options;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double heap_bytes() {
  return static_cast<double>(mallinfo2().uordblks) + static_cast<double>(mallinfo2().hblkhd);
}

std::string repeated(int n, const std::string& expression) {
  std::string text;
  for (int i = 0; i < n; ++i) text += "x" + std::to_string(i) + " = { " + expression + " }\n";
  return text;
}

std::unique_ptr<Algorithm> make(const Space& space, const std::string& options) {
  OptionTables tables;
  config::Table table;
  tables.bind(table);
  config::Diagnostics diagnostics("options", options);
  table.read(config::read_toml(diagnostics), diagnostics);
  diagnostics.throw_if_any();
  return find_algorithm("tpe")->make(space, 1, tables.of("tpe"));
}

struct Measured {
  std::unique_ptr<Algorithm> algorithm;
  std::vector<Point> pending;
  std::int64_t next = 0;
  double observe_microseconds = 0, bytes = 0;
  std::vector<double> microseconds;
};

// A history as a search makes it: draws from the prior, later ones ever more often near the best.
void fill(Measured& m, const Space& space, std::int64_t n) {
  const auto random = find_algorithm("random")->make(space, 7, nullptr);
  const random::Stream stream(1, 2);
  const Point favourite = random->propose(123456789, {});
  double seconds = 0;
  const double before = heap_bytes();
  for (std::int64_t k = 0; k < n; ++k) {
    const Point drawn = random->propose(k, {});
    const double u = random::uniform(stream, static_cast<std::uint64_t>(k), 0);
    const Point point = space.build([&](int parameter) {
      const auto i = static_cast<std::size_t>(parameter);
      const Distribution& prior = space.parameters()[i].prior;
      if (prior.shape == Distribution::Shape::options) return u < 0.5 ? favourite[i] : drawn[i];
      return prior.nearest(u < 0.2 ? drawn[i] : favourite[i] + 0.1 * (drawn[i] - favourite[i]));
    });
    double loss = 0;
    for (std::size_t i = 0; i < point.size(); ++i) loss += square(point[i] - favourite[i]);
    const double begin = now();
    m.algorithm->observe({.trial = k, .point = point, .loss = loss});
    seconds += now() - begin;
  }
  m.bytes = (heap_bytes() - before) / static_cast<double>(n);
  m.observe_microseconds = seconds / static_cast<double>(n) * 1e6;
  for (std::int64_t k = 0; k < kPending; ++k) m.pending.push_back(random->propose(n + k, {}));
  m.next = n + kPending;
}

void measure(Measured& m) {
  const double begin = now();
  for (int i = 0; i < kProposals; ++i) m.algorithm->propose(m.next++, m.pending);
  m.microseconds.push_back((now() - begin) / kProposals * 1e6);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  std::string json, only;
  int n_batches = 15;
  std::int64_t histories[] = {100, 10000, 1000000};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("json=")) json = word.substr(5);
    if (word.starts_with("only=")) only = word.substr(5);
    if (word.starts_with("batches=")) n_batches = std::stoi(word.substr(8));
    if (word.starts_with("largest=")) histories[2] = std::stoll(word.substr(8));
  }
  const std::string one_by_one = "[tpe]\njoint_share = 0.0\nprior_share = 0.0", joint = "[tpe]\njoint_share = 1.0\nprior_share = 0.0";
  std::vector<Case> cases;
  const std::pair<const char*, std::string> kinds[] = {{"uniform", repeated(10, "uniform = [-5, 5]")},
                                                       {"normal", repeated(10, "normal = [0, 1]")},
                                                       {"lognormal", repeated(10, "lognormal = [0, 1]")},
                                                       {"quniform", repeated(10, "quniform = [0, 1, 0.001]")},
                                                       {"qlognormal", repeated(10, "qlognormal = [0, 2, 0.1]")},
                                                       {"uniformint", repeated(10, "uniformint = [1, 64]")},
                                                       {"choice of 5", repeated(10, "choice = [1, 2, 3, 4, 5]")}};
  for (const auto& [kind, space] : kinds) {
    for (const auto& [way, options] : {std::pair("one by one", one_by_one), std::pair("joint", joint), std::pair("default", std::string())})
      cases.push_back({fmt::format("{}, {}", kind, way), space, options});
  }
  fmt::print("{:24} {:>30}\n{:24} {:>9} {:>9} {:>9} {:>7} {:>12} {:>14}\n", "", "us a parameter after", "", histories[0], histories[1], histories[2], "ratio",
             "us observing", "bytes a trial");
  std::ofstream file(json);
  if (!json.empty()) file << "{";
  const char* separator = "\n";
  for (const Case& c : cases) {
    if (c.name.find(only) == std::string::npos) continue;
    const Space space = space_of(c.space);
    const double d = static_cast<double>(space.parameters().size());
    std::vector<Measured> all;
    for (const std::int64_t n : histories) {
      all.push_back({});
      all.back().algorithm = make(space, c.options);
      fill(all.back(), space, n);
    }
    for (int batch = 0; batch < n_batches; ++batch) {
      for (Measured& m : all) measure(m);
    }
    std::vector<double> medians;
    for (const Measured& m : all) medians.push_back(median(m.microseconds) / d);
    const double ratio = *std::max_element(medians.begin(), medians.end()) / *std::min_element(medians.begin(), medians.end());
    fmt::print("{:24} {:>9.2f} {:>9.2f} {:>9.2f} {:>7.2f} {:>12.2f} {:>14.1f}\n", c.name, medians[0], medians[1], medians[2], ratio,
               all[2].observe_microseconds / d, all[2].bytes);
    std::fflush(stdout);
    if (!json.empty()) {
      for (std::size_t i = 0; i < medians.size(); ++i)
        file << separator << fmt::format("  \"{}/{}\": {:.4g}", c.name, histories[i], medians[i]), separator = ",\n";
      file << fmt::format(",\n  \"{}/ratio\": {:.4g}", c.name, ratio);
    }
  }
  if (!json.empty()) file << "\n}\n";
}
