// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace shoal::workloads::tune {
namespace {

using record::Dataset;
using record::Group;
using search::Column;
using Kind = Column::Kind;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// Of more configurations nobody reads a label, and with ten parameters each they would be half of the file.
constexpr std::uint64_t kMostLabels = 10000;

constexpr std::int64_t kNoInteger = std::numeric_limits<std::int64_t>::min();

record::Flags state_flags() {
  record::Flags flags;
  for (const search::State state : search::all_states())
    flags.emplace_back(static_cast<std::int64_t>(state), search::state_name(state));
  return flags;
}

record::Flags option_flags(const Column& column) {
  record::Flags flags;
  if (column.conditional) flags.emplace_back(-1, "inactive");
  for (std::size_t i = 0; i < column.labels.size(); ++i)
    flags.emplace_back(static_cast<std::int64_t>(i), column.labels[i]);
  return flags;
}

// The values of one parameter: (dimension), or a scalar where `dimension` is empty. NaN: inactive; that is -1 of options,
// and the fill value of integers.
void write_column(const Column& column, const std::vector<double>& values, const std::string& dimension, Group& group) {
  std::vector<std::uint64_t> shape;
  std::vector<std::string> dimensions;
  if (!dimension.empty()) {
    shape = {values.size()};
    dimensions = {dimension};
  }
  const std::string long_name = fmt::format("parameter {} of the search", column.name);
  if (column.kind == Kind::real) {
    group.add(column.name, values, shape, dimensions, "1", long_name);
  } else if (column.kind == Kind::integer) {
    std::vector<std::int64_t> whole;
    for (const double value : values)
      whole.push_back(std::isnan(value) ? kNoInteger : static_cast<std::int64_t>(value));
    Dataset& dataset = group.add(column.name, whole, shape, dimensions, "1", long_name);
    if (column.conditional) dataset.attributes["_FillValue"] = kNoInteger;
  } else {
    std::vector<std::int32_t> options;
    for (const double value : values) options.push_back(std::isnan(value) ? -1 : static_cast<std::int32_t>(value));
    group.add(column.name, options, shape, dimensions, "1", long_name).flags = option_flags(column);
  }
}

void write_trials(const TuneJob& job, const search::Space& space, const Objective& objective, Group& group) {
  const std::uint64_t n = job.trials().size();
  std::vector<double> losses;
  std::vector<std::int8_t> states;
  std::vector<std::int64_t> bad_epochs, configs, repeats;
  std::vector<std::string> reasons;
  const std::vector<Column> columns = space.columns();
  std::vector<std::vector<double>> values(columns.size());
  for (std::uint64_t t = 0; t < n; ++t) {
    const Trial trial = job.trials()[t];
    const auto number = static_cast<std::int64_t>(t);
    losses.push_back(trial.loss);
    states.push_back(static_cast<std::int8_t>(trial.state));
    bad_epochs.push_back(trial.first_bad_epoch);
    reasons.push_back(trial.fail_reason);
    configs.push_back(number / job.repeats());
    repeats.push_back(number % job.repeats());
    const search::Point point = job.point_of(number);
    for (std::size_t c = 0; c < columns.size(); ++c) values[c].push_back(space.column_value(columns[c], point).value_or(kNaN));
  }
  const std::string turned = objective.maximise() ? "minus " : "";
  group.add("loss", losses, {n}, {"trial"}, "1",
            fmt::format("{}{} after the last epoch, to be minimised; inf: failed, NaN: not finished", turned,
                        objective.metric()));
  group.add("state", states, {n}, {"trial"}, "1", "how the trial ended").flags = state_flags();
  group.add("first_bad_epoch", bad_epochs, {n}, {"trial"}, "1",
            "epoch (from 0) in which numbers became NaN or infinite; -1: none");
  group.texts("fail_reason", reasons, "trial", "why the trial failed; empty: it did not");
  group.add("config", configs, {n}, {"trial"}, "1", "configuration of the trial");
  group.add("repeat", repeats, {n}, {"trial"}, "1", "number of the repeat of its configuration");
  for (std::size_t c = 0; c < columns.size(); ++c) {
    write_column(columns[c], values[c], "trial", group.group("params"));
    values[c] = {};
  }
}

// Trials differ in length and may differ in metrics: what does not exist is NaN.
void write_history(const TuneJob& job, Group& group) {
  const auto& lists = job.column_lists();
  std::vector<std::string> names;
  for (const auto& list : lists) {
    for (const std::string& name : list) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::size_t n_epochs = 0;
  for (std::size_t t = 0; t < job.trials().size(); ++t) {
    const Trial trial = job.trials()[t];
    if (trial.columns < 0 || trial.history.empty()) continue;
    n_epochs = std::max(n_epochs, trial.history.size() / lists[static_cast<std::size_t>(trial.columns)].size());
  }
  for (const std::string& name : names) {
    std::vector<double> values(job.trials().size() * n_epochs, kNaN);
    for (std::size_t t = 0; t < job.trials().size(); ++t) {
      const Trial trial = job.trials()[t];
      if (trial.columns < 0) continue;
      const auto& list = lists[static_cast<std::size_t>(trial.columns)];
      const auto column = static_cast<std::size_t>(std::find(list.begin(), list.end(), name) - list.begin());
      if (column == list.size()) continue;
      for (std::size_t e = 0; e * list.size() < trial.history.size(); ++e)
        values[t * n_epochs + e] = trial.history[e * list.size() + column];
    }
    group.add(name, values, {job.trials().size(), n_epochs}, {"trial", "epoch"}, "1",
              fmt::format("{} after each epoch; NaN: not computed", name));
  }
}

void write_configs(const TuneJob& job, const search::Space& space, Group& group) {
  const std::vector<ConfigStatistics> configs = config_statistics(job);
  const std::uint64_t n = configs.size();
  std::vector<double> mean, median, low, high;
  std::vector<std::int64_t> counts, failed;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    mean.push_back(configs[i].mean);
    median.push_back(configs[i].median);
    low.push_back(configs[i].interval.low);
    high.push_back(configs[i].interval.high);
    counts.push_back(configs[i].n);
    failed.push_back(configs[i].n_failed);
    if (n <= kMostLabels) labels.push_back(space.to_text(job.point(static_cast<std::int64_t>(i))));
  }
  group.add("mean", mean, {n}, {"config"}, "1", "mean loss of the finished repeats");
  group.add("median", median, {n}, {"config"}, "1", "median loss of the finished repeats");
  group.add("ci_low", low, {n}, {"config"}, "1",
            "95 % interval of the mean by Student's t, lower end; NaN: fewer than two repeats, or a failed one");
  group.add("ci_high", high, {n}, {"config"}, "1", "95 % interval of the mean by Student's t, upper end");
  group.add("n", counts, {n}, {"config"}, "1", "finished repeats");
  group.add("failed", failed, {n}, {"config"}, "1", "failed ones among them, whose loss is inf");
  if (n <= kMostLabels) group.texts("label", labels, "config", "the parameters in one line");
}

void write_best(const TuneJob& job, const search::Space& space, const Objective& objective, Group& group) {
  const std::int64_t best = job.best_trial();
  group.scalar("trial", best, "1", "trial of the lowest loss, the first of equal ones");
  group.scalar("loss", job.trials()[static_cast<std::size_t>(best)].loss, "1", "its loss");
  group.scalar("config", best / job.repeats(), "1", "its configuration");
  group.scalar("config_by_median", best_config(config_statistics(job)), "1", "configuration of the lowest median loss");
  for (const Column& column : space.columns())
    write_column(column, {space.column_value(column, job.point_of(best)).value_or(kNaN)}, "", group.group("params"));
  if (!job.kept().empty()) objective.write_kept(job.kept(), group);
}

}  // namespace

std::vector<ConfigStatistics> config_statistics(const TuneJob& job) {
  std::vector<ConfigStatistics> configs;
  std::vector<double> losses;
  for (std::size_t config = 0; config < static_cast<std::size_t>(job.n_configs()); ++config) {
    losses.clear();
    ConfigStatistics statistics;
    for (std::int64_t repeat = 0; repeat < job.repeats(); ++repeat) {
      const Trial trial =
          job.trials()[config * static_cast<std::size_t>(job.repeats()) + static_cast<std::size_t>(repeat)];
      if (!trial.finished()) continue;
      losses.push_back(trial.loss);
      if (trial.state != search::State::ok && trial.state != search::State::pruned) ++statistics.n_failed;
    }
    statistics.n = static_cast<std::int64_t>(losses.size());
    statistics.mean = measure::mean(losses);
    statistics.median = measure::median(losses);
    statistics.interval = measure::mean_interval(losses);
    configs.push_back(statistics);
  }
  return configs;
}

std::int64_t best_config(const std::vector<ConfigStatistics>& configs) {
  std::int64_t best = -1;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    if (configs[i].n > 0 && (best < 0 || configs[i].median < configs[static_cast<std::size_t>(best)].median))
      best = static_cast<std::int64_t>(i);
  }
  return best;
}

void write_results(const TuneJob& job, const search::Space& space, const Objective& objective, Group& results) {
  if (job.trials().empty()) return;
  write_trials(job, space, objective, results.group("trials"));
  write_history(job, results.group("history"));
  write_configs(job, space, results.group("configs"));
  if (job.best_trial() >= 0) write_best(job, space, objective, results.group("best"));
}

}  // namespace shoal::workloads::tune
