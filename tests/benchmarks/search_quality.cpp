// SPDX-License-Identifier: Apache-2.0
// How good are the search algorithms? The best loss after all evaluations of each test function, over many seeds, for
// windows 1, 8, 16 and 64, beside hyperopt and Optuna (data/search_reference.csv, made by search_reference.py).
//
//   benchmark_search_quality [seeds=100] [first=0] [windows=1,8,16,64] [algorithms=tpe,...] [functions=...] [options=FILE]
//                            [json=FILE] [csv=FILE]
//
// The judgement: a function counts against `tpe` if it is significantly worse than the better of the two references
// (one-sided Mann-Whitney test, p < 0.01 after Holm's correction over the functions); and over all functions the
// geometric mean of the ranks of the three (by mean rank of their losses) should be the best. Window 1 is compared with the
// references run one after another, window 64 with the references at 64 pending trials, all others with those at 16 (which
// is in favour of window 8). Functions that stand in HELD_OUT of search_functions.py are judged apart: no setting was ever
// tried on them. `options`: a TOML file with
// [search.tpe] and so on, for tuning; seeds for tuning are those from 1000 on.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>

#include "search_functions.hpp"

using namespace shoal;
using namespace shoal::search;
using namespace shoal::search::benchmark;

namespace {

using Losses = std::vector<double>;
// By function, program, window.
using Table = std::map<std::string, std::map<std::string, std::map<std::int64_t, Losses>>>;

// Pending trials of the references that a window is compared with.
std::int64_t pending_of_references(std::int64_t window) {
  return window == 1 ? 0 : window >= 64 ? 64 : 16;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::stringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

Table read_references(const std::string& path) {
  Table table;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    const auto field = split(line);
    table[field[0]][field[1]][std::stoll(field[2])].push_back(std::stod(field[4]));
  }
  return table;
}

double median(Losses losses) {
  std::sort(losses.begin(), losses.end());
  const std::size_t n = losses.size();
  return n % 2 ? losses[n / 2] : 0.5 * (losses[n / 2 - 1] + losses[n / 2]);
}

// The ranks of all values of several samples together, from 1, ties sharing their mean; and sum of t^3 - t over ties.
std::vector<double> ranks(const Losses& all, double& ties) {
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return all[a] < all[b]; });
  std::vector<double> rank(all.size());
  ties = 0;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t j = i;
    while (j < order.size() && all[order[j]] == all[order[i]]) ++j;
    for (std::size_t k = i; k < j; ++k) rank[order[k]] = 0.5 * static_cast<double>(i + 1 + j);
    const double t = static_cast<double>(j - i);
    ties += t * t * t - t;
    i = j;
  }
  return rank;
}

// The probability of seeing a that much larger than b if both were alike: one-sided Mann-Whitney test, normal
// approximation with correction for ties and continuity.
double p_worse(const Losses& a, const Losses& b) {
  Losses all = a;
  all.insert(all.end(), b.begin(), b.end());
  double ties = 0;
  const std::vector<double> rank = ranks(all, ties);
  const double na = static_cast<double>(a.size()), nb = static_cast<double>(b.size()), n = na + nb;
  const double sum = std::accumulate(rank.begin(), rank.begin() + static_cast<std::ptrdiff_t>(a.size()), 0.0);
  const double u = sum - na * (na + 1) / 2;
  const double variance = na * nb / 12 * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 0.5;
  return 0.5 * std::erfc((u - na * nb / 2 - 0.5) / std::sqrt(2 * variance));
}

// Mean ranks of the samples among each other: 1 is the best possible.
std::vector<double> places(const std::vector<const Losses*>& samples) {
  Losses all;
  for (const Losses* sample : samples) all.insert(all.end(), sample->begin(), sample->end());
  double ties = 0;
  const std::vector<double> rank = ranks(all, ties);
  std::vector<double> means;
  std::size_t begin = 0;
  for (const Losses* sample : samples) {
    const auto from = rank.begin() + static_cast<std::ptrdiff_t>(begin);
    means.push_back(std::accumulate(from, from + static_cast<std::ptrdiff_t>(sample->size()), 0.0) /
                    static_cast<double>(sample->size()));
    begin += sample->size();
  }
  std::vector<double> place;
  for (const double mean : means)
    place.push_back(1 + static_cast<double>(std::count_if(means.begin(), means.end(), [&](double m) { return m < mean; })));
  return place;
}

struct Judgement {
  std::string function;
  double p;
};

// The functions of significance below 0.01 by Holm's correction, and all p-values times what they are compared with.
void print_judgement(std::vector<Judgement> list) {
  std::sort(list.begin(), list.end(), [](const Judgement& a, const Judgement& b) { return a.p < b.p; });
  double corrected = 0;
  int n_worse = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    corrected = std::max(corrected, std::min(1.0, list[i].p * static_cast<double>(list.size() - i)));
    if (corrected >= 0.01) break;
    fmt::print("  significantly worse than the better reference: {} (corrected p = {:.2g})\n", list[i].function, corrected);
    ++n_worse;
  }
  if (n_worse == 0 && !list.empty())
    fmt::print("  no function is significantly worse than the better reference (least corrected p = {:.2g})\n",
               std::min(1.0, list[0].p * static_cast<double>(list.size())));
}

// Of either the functions on which settings may be chosen, or those that are held out.
void judge(const Table& ours, const Table& references, std::int64_t window, bool held_out) {
  const std::int64_t pending = pending_of_references(window);
  std::vector<Judgement> list;
  double log_rank[3] = {0, 0, 0};
  int n_functions = 0;
  for (const auto& [function, programs] : ours) {
    const auto found = references.find(function);
    if (is_held_out(function) != held_out || found == references.end() || !programs.contains("tpe")) continue;
    const Losses& tpe = programs.at("tpe").at(window);
    const auto sample = [&](const std::string& name) -> const Losses* {
      const auto program = found->second.find(name);
      return program != found->second.end() && program->second.contains(pending) ? &program->second.at(pending) : nullptr;
    };
    const Losses *hyperopt = sample("hyperopt"), *optuna = sample("optuna");
    const Losses* better = !hyperopt ? optuna : !optuna ? hyperopt : median(*optuna) < median(*hyperopt) ? optuna : hyperopt;
    if (!better) continue;
    list.push_back({function, p_worse(tpe, *better)});
    if (!hyperopt || !optuna) continue;
    const std::vector<double> place = places({&tpe, hyperopt, optuna});
    for (std::size_t i = 0; i < 3; ++i) log_rank[i] += std::log(place[i]);
    ++n_functions;
  }
  if (list.empty()) return;
  fmt::print("{}:\n", held_out ? "held out" : "not held out");
  print_judgement(std::move(list));
  if (n_functions > 0) {
    fmt::print("  geometric mean rank over {} functions: tpe {:.2f}, hyperopt {:.2f}, optuna {:.2f}\n", n_functions,
               std::exp(log_rank[0] / n_functions), std::exp(log_rank[1] / n_functions), std::exp(log_rank[2] / n_functions));
  }
}

void print_row(const std::string& function, const std::vector<std::string>& names, const Table& ours, const Table& references,
               std::int64_t window) {
  fmt::print("{:14}", function);
  for (const std::string& name : names) {
    const auto& programs = ours.at(function);
    if (programs.contains(name)) fmt::print(" {:>11.4g}", median(programs.at(name).at(window)));
    else fmt::print(" {:>11}", "-");
  }
  const std::int64_t pending = pending_of_references(window);
  for (const char* name : {"hyperopt", "optuna"}) {
    const auto found = references.find(function);
    const bool known = found != references.end() && found->second.contains(name) && found->second.at(name).contains(pending);
    if (known) fmt::print(" {:>11.4g}", median(found->second.at(name).at(pending)));
    else fmt::print(" {:>11}", "-");
  }
  if (ours.at(function).contains("tpe") && references.contains(function)) {
    for (const auto& [name, windows] : references.at(function)) {
      if (windows.contains(pending)) fmt::print("  {}: p {:.2g}", name, p_worse(ours.at(function).at("tpe").at(window), windows.at(pending)));
    }
  }
  fmt::print("\n");
}

void write_json(const std::string& path, const Table& ours) {
  std::ofstream file(path);
  file << "{\n";
  const char* separator = "";
  for (const auto& [function, programs] : ours) {
    for (const auto& [program, windows] : programs) {
      for (const auto& [window, losses] : windows) {
        file << separator << fmt::format("  \"{}/{}/window {}\": {:.9g}", function, program, window, median(losses));
        separator = ",\n";
      }
    }
  }
  file << "\n}\n";
}

// All losses, in the columns of the references.
void write_csv(const std::string& path, const Table& ours, std::int64_t first) {
  std::ofstream file(path);
  file << "function,program,window,seed,loss\n";
  for (const auto& [function, programs] : ours) {
    for (const auto& [program, windows] : programs) {
      for (const auto& [window, losses] : windows) {
        for (std::size_t i = 0; i < losses.size(); ++i)
          file << fmt::format("{},{},{},{},{:.9g}\n", function, program, window, first + static_cast<std::int64_t>(i), losses[i]);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> arguments = {{"seeds", "100"}, {"first", "0"}, {"windows", "1,8,16,64"}, {"algorithms", ""},
                                                  {"functions", ""}, {"options", ""}, {"json", ""}, {"csv", ""}};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto equals = word.find('=');
    if (equals == std::string::npos || !arguments.contains(word.substr(0, equals))) {
      fmt::print(stderr, "unknown argument `{}`: see the top of search_quality.cpp\n", word);
      return 64;
    }
    arguments[word.substr(0, equals)] = word.substr(equals + 1);
  }
  OptionTables options;
  config::Table table;
  options.bind(table);
  if (!arguments["options"].empty()) {
    std::ifstream file(arguments["options"]);
    std::stringstream text;
    text << file.rdbuf();
    config::Diagnostics diagnostics(arguments["options"], text.str());
    table.read(config::read_toml(diagnostics), diagnostics);
    diagnostics.throw_if_any();
  }
  std::vector<std::string> names = split(arguments["algorithms"]), chosen = split(arguments["functions"]);
  if (names.empty()) names = algorithm_names();
  std::erase(names, "grid");
  const std::int64_t n_seeds = std::stoll(arguments["seeds"]), first = std::stoll(arguments["first"]);
  const Table references = read_references(SHOAL_SOURCE_DIR "/tests/benchmarks/data/search_reference.csv");
  Table ours;
  for (const std::string& window_text : split(arguments["windows"])) {
    const std::int64_t window = std::stoll(window_text);
    fmt::print("\nwindow {}: median of the best loss over {} seeds; references {}\n{:14}", window, n_seeds,
               window == 1 ? std::string("one after another") : fmt::format("with {} pending trials", pending_of_references(window)), "");
    for (const std::string& name : names) fmt::print(" {:>11}", name);
    fmt::print(" {:>11} {:>11}\n", "hyperopt", "optuna");
    for (const TestFunction& function : test_functions()) {
      if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), function.name) == chosen.end()) continue;
      const Space space = space_of(function.space);
      auto& programs = ours[function.name];
      for (const std::string& name : names) {
        const AlgorithmInfo& info = *find_algorithm(name);
        if (!info.unsuitable(space).empty()) continue;
        for (std::int64_t seed = first; seed < first + n_seeds; ++seed) {
          const auto algorithm = info.make(space, static_cast<std::uint64_t>(seed), options.of(name));
          programs[name][window].push_back(benchmark::search(function, *algorithm, window, static_cast<std::uint64_t>(seed)));
        }
      }
      print_row(function.name, names, ours, references, window);
      std::fflush(stdout);
    }
    for (const bool held_out : {false, true}) judge(ours, references, window, held_out);
  }
  if (!arguments["json"].empty()) write_json(arguments["json"], ours);
  if (!arguments["csv"].empty()) write_csv(arguments["csv"], ours, first);
}
