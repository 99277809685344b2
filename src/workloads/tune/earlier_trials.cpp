// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/earlier_trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::workloads::tune {
namespace {

using record::Dataset;
using search::Column;

// The value of trial t as the column of this space has it; nothing if it was inactive or is another kind of thing.
std::optional<double> value_at(const Dataset& dataset, const Column& column, std::size_t t) {
  double value = 0;
  if (dataset.type == record::Type::f8) {
    value = dataset.values<double>()[t];
  } else if (dataset.type == record::Type::i8) {
    const std::int64_t whole = dataset.values<std::int64_t>()[t];
    if (whole == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
    value = static_cast<double>(whole);
  } else if (dataset.type == record::Type::i4) {
    value = dataset.values<std::int32_t>()[t];
  } else {
    return std::nullopt;
  }
  if (std::isnan(value)) return std::nullopt;
  if ((column.kind == Column::Kind::option) != !dataset.flags.empty()) return std::nullopt;
  if (column.kind != Column::Kind::option) return value;
  const auto flag = std::find_if(dataset.flags.begin(), dataset.flags.end(),
                                 [value](const auto& f) { return static_cast<double>(f.first) == value; });
  if (flag == dataset.flags.end()) return std::nullopt;
  const auto label = std::find(column.labels.begin(), column.labels.end(), flag->second);
  return label == column.labels.end() ? std::nullopt : std::optional(static_cast<double>(label - column.labels.begin()));
}

const Dataset& part(const record::Group& root, const std::string& path, const std::string& file) {
  const Dataset* found = root.find_dataset(path);
  if (!found) throw InputError(fmt::format("{} has no /{}: it is no result of a search", file, path));
  return *found;
}

}  // namespace

EarlierSearch read_earlier_search(const std::string& path, const search::Space& space) {
  const record::Group root = record::read_result(path);
  const record::RootInfo info = record::root_info(root);
  if (info.workload != "tune") throw InputError(fmt::format("{} is a result of {}, not of tune", path, info.workload));
  if (info.status != "complete") throw InputError(fmt::format("{} is {}: finish that search first", path, info.status));
  EarlierSearch search;
  search.digest = record::stored_digest(root);
  const std::vector<double> losses = part(root, "results/trials/loss", path).values<double>();
  const std::vector<std::int8_t> states = part(root, "results/trials/state", path).values<std::int8_t>();
  for (std::size_t t = 0; t < losses.size(); ++t) {
    const auto state = static_cast<search::State>(states[t]);
    if (state == search::State::interrupted || state == search::State::unfinished) continue;
    auto point = space.from_columns([&](const Column& column) -> std::optional<double> {
      const Dataset* dataset = root.find_dataset("results/trials/params/" + column.name);
      return dataset ? value_at(*dataset, column, t) : std::nullopt;
    });
    const bool good = state == search::State::ok && std::isfinite(losses[t]);
    if (point) search.trials.push_back({std::move(*point), good ? losses[t] : search::kBadLoss, good ? state : state == search::State::ok ? search::State::nan : state});
    else ++search.n_outside;
  }
  if (search.trials.empty())
    throw InputError(fmt::format("no trial of {} is a point of this [space]: parameters are matched by name, and must lie "
                                 "within their ranges", path));
  return search;
}

}  // namespace shoal::workloads::tune
