// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/trial_details.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

namespace shoal::workloads::tune {
namespace {

using record::Group;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// One column for each name that any trial has.
class NamedColumns {
 public:
  explicit NamedColumns(std::size_t n_trials) : n_trials_(n_trials) {}

  void take(std::size_t trial, std::span<const NamedValue> values) {
    for (const auto& [name, value] : values) {
      auto found = columns_.find(name);
      if (found == columns_.end()) found = columns_.emplace(name, std::vector<double>(n_trials_, kNaN)).first;
      found->second[trial] = value;
    }
  }
  const std::map<std::string, std::vector<double>>& columns() const { return columns_; }

 private:
  std::size_t n_trials_;
  std::map<std::string, std::vector<double>> columns_;
};

void write_values(const Trials& trials, Group& group) {
  NamedColumns values(trials.size());
  for (std::size_t t = 0; t < trials.size(); ++t) values.take(t, trials[t].values);
  for (const auto& [name, column] : values.columns())
    group.group("values").add(name, column, {trials.size()}, {"trial"}, "1",
                              fmt::format("{}, attached by the objective; NaN: not attached", name));
}

void write_costs(const Trials& trials, Group& group) {
  NamedColumns costs(trials.size());
  std::map<std::string, std::vector<std::string>> texts;
  for (std::size_t t = 0; t < trials.size(); ++t) {
    const Trial trial = trials[t];
    costs.take(t, trial.costs);
    for (const auto& [name, text] : trial.texts) {
      auto found = texts.find(name);
      if (found == texts.end()) found = texts.emplace(name, std::vector<std::string>(trials.size())).first;
      found->second[t] = text;
    }
  }
  for (const auto& [name, column] : costs.columns()) {
    const std::string units = name.ends_with("_seconds") ? "s" : name.ends_with("_bytes") ? "B" : "1";
    group.add(name, column, {trials.size()}, {"trial"}, units, fmt::format("{} of the trial; NaN: not run", name));
  }
  for (const auto& [name, column] : texts)
    group.texts(name, column, "trial", fmt::format("{} of the trial's program, shortened in the middle", name));
}

void write_rungs(const Trials& trials, const std::string& unit, Group& group) {
  if (!trials.any_rungs()) return;
  std::vector<std::int64_t> numbers, resources;
  std::vector<double> losses;
  for (std::size_t t = 0; t < trials.size(); ++t) {
    for (const RungValue& rung : trials[t].rungs) {
      numbers.push_back(static_cast<std::int64_t>(t));
      resources.push_back(rung.resource);
      losses.push_back(rung.loss);
    }
  }
  const std::uint64_t n = numbers.size();
  group.add("trial", numbers, {n}, {"rung"}, "1", "trial that met the rung");
  group.add("resource", resources, {n}, {"rung"}, "1", fmt::format("{} used up at the rung", unit));
  group.add("loss", losses, {n}, {"rung"}, "1", "loss there, to be minimised");
}

}  // namespace

void write_trial_details(const TuneJob& job, const Objective& objective, Group& group, Group& measurements) {
  const Trials& trials = job.trials();
  std::vector<std::int64_t> reached;
  std::vector<double> best_so_far;
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < trials.size(); ++t) {
    const Trial trial = trials[t];
    reached.push_back(trial.reached);
    if (trial.state == search::State::ok) best = std::min(best, trial.loss);
    best_so_far.push_back(best);
  }
  const std::uint64_t n = trials.size();
  group.add("reached", reached, {n}, {"trial"}, "1", fmt::format("{} used up by the trial", objective.resource_unit()));
  group.add("best_so_far", best_so_far, {n}, {"trial"}, "1", "lowest loss of this trial and all before it");
  write_values(trials, group);
  if (trials.any_rungs()) write_rungs(trials, objective.resource_unit(), group.group("rungs"));
  write_costs(trials, measurements);
}

}  // namespace shoal::workloads::tune
