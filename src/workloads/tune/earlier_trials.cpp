// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/earlier_trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/search/scheduler.hpp"

namespace shoal::workloads::tune {
namespace {

using record::Dataset;
using search::Column;
using search::RungValue;
using search::State;
using RungValues = std::vector<RungValue>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The numbers of a dataset; NaN: inactive.
std::vector<double> numbers_in(const Dataset& dataset) {
  std::vector<double> numbers;
  if (dataset.type == record::Type::f8) return dataset.values<double>();
  if (dataset.type == record::Type::i8) {
    for (const std::int64_t whole : dataset.values<std::int64_t>())
      numbers.push_back(whole == std::numeric_limits<std::int64_t>::min() ? kNaN : static_cast<double>(whole));
  } else if (dataset.type == record::Type::i4) {
    for (const std::int32_t whole : dataset.values<std::int32_t>()) numbers.push_back(whole);
  }
  return numbers;
}

// By trial, the values as the column of this space has them: options by label. NaN where one was inactive or is another
// kind of thing; empty: there is nothing of that name.
std::vector<double> values_of(const Dataset* dataset, const Column& column) {
  if (!dataset || (column.kind == Column::Kind::option) != !dataset->flags.empty()) return {};
  std::vector<double> numbers = numbers_in(*dataset);
  if (column.kind != Column::Kind::option) return numbers;
  std::map<double, double> options;
  for (const auto& [number, name] : dataset->flags) {
    const auto label = std::find(column.labels.begin(), column.labels.end(), name);
    if (label != column.labels.end()) options[static_cast<double>(number)] = static_cast<double>(label - column.labels.begin());
  }
  for (double& number : numbers) {
    const auto found = options.find(number);
    number = found == options.end() ? kNaN : found->second;
  }
  return numbers;
}

const Dataset& part(const record::Group& root, const std::string& path, const std::string& file) {
  const Dataset* found = root.find_dataset(path);
  if (!found) throw InputError(fmt::format("{} has no /{}: it is no result of a search", file, path));
  return *found;
}

// What each trial reached on its way, rising.
std::vector<RungValues> rungs_of(const record::Group& root, std::size_t n_trials) {
  std::vector<RungValues> values(n_trials);
  const Dataset* trials = root.find_dataset("results/trials/rungs/trial");
  const Dataset* resources = root.find_dataset("results/trials/rungs/resource");
  const Dataset* losses = root.find_dataset("results/trials/rungs/loss");
  if (!trials || !resources || !losses) return values;
  const auto trial = trials->values<std::int64_t>(), resource = resources->values<std::int64_t>();
  const auto loss = losses->values<double>();
  for (std::size_t i = 0; i < trial.size(); ++i) values.at(static_cast<std::size_t>(trial[i])).push_back({resource[i], loss[i]});
  return values;
}

}  // namespace

EarlierSearch read_earlier_search(const std::string& path, const search::Space& space, bool rungs) {
  const record::Group root = record::read_result(path);
  const record::RootInfo info = record::root_info(root);
  if (info.workload != "tune") throw InputError(fmt::format("{} is a result of {}, not of tune", path, info.workload));
  if (info.status != "complete") throw InputError(fmt::format("{} is {}: finish that search first", path, info.status));
  EarlierSearch search;
  search.digest = record::stored_digest(root);
  const std::vector<double> losses = part(root, "results/trials/loss", path).values<double>();
  const std::vector<std::int8_t> states = part(root, "results/trials/state", path).values<std::int8_t>();
  const std::vector<RungValues> on_the_way = rungs ? rungs_of(root, losses.size()) : std::vector<RungValues>(losses.size());
  std::vector<std::int64_t> reached(losses.size());  // 0: all of it
  if (rungs) reached = part(root, "results/trials/reached", path).values<std::int64_t>();
  std::map<std::string, std::vector<double>> columns;
  for (const Column& column : space.columns())
    columns[column.name] = values_of(root.find_dataset("results/trials/params/" + column.name), column);
  for (std::size_t t = 0; t < losses.size(); ++t) {
    const auto state = static_cast<State>(states[t]);
    if (state == State::interrupted || state == State::unfinished) continue;
    auto point = space.from_columns([&](const Column& column) -> std::optional<double> {
      const std::vector<double>& values = columns.at(column.name);
      return t < values.size() && !std::isnan(values[t]) ? std::optional(values[t]) : std::nullopt;
    });
    if (!point) {
      ++search.n_outside;
      continue;
    }
    if (state == State::pruned) ++search.n_stopped;
    const auto number = static_cast<std::int64_t>(t);
    const std::int64_t end = reached[t];
    for (const RungValue& rung : on_the_way[t]) {
      const bool good = std::isfinite(rung.loss);
      const bool stopped = state == State::pruned && rung.resource == end;
      search.trials.push_back({number, *point, good ? rung.loss : search::kBadLoss,
                               !good ? State::nan : stopped ? State::pruned : State::ok, rung.resource});
    }
    if (state == State::pruned || (!on_the_way[t].empty() && on_the_way[t].back().resource == end)) continue;
    const bool good = state == State::ok && std::isfinite(losses[t]);
    search.trials.push_back({number, std::move(*point), good ? losses[t] : search::kBadLoss,
                             good ? state : state == State::ok ? State::nan : state, good ? end : 0});
  }
  if (search.trials.empty() && search.n_stopped > 0)
    throw InputError(fmt::format("all trials of {} in this [space] were stopped on their way: only a search with a scheduler can "
                                 "compare with them", path));
  if (search.trials.empty())
    throw InputError(fmt::format("no trial of {} is a point of this [space]: parameters are matched by name, and must lie "
                                 "within their ranges", path));
  return search;
}

}  // namespace shoal::workloads::tune
