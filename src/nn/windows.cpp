// SPDX-License-Identifier: Apache-2.0
#include "nn/windows.hpp"

#include <fmt/format.h>

#include <cmath>

#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

void check_range(const char* key, const std::vector<std::int64_t>& range, const DataParameters& data, std::int64_t n_points) {
  if (range.size() != 2) throw InputError(fmt::format("data.{} needs two numbers: [first, one past the last]", key));
  if (range[0] > range[1] || (range[1] > range[0] && range[1] + points_ahead(data) > n_points)) {
    throw InputError(fmt::format("data.{} = [{}, {}) does not fit {} points with targets {} ahead", key, range[0], range[1],
                                 n_points, points_ahead(data)));
  }
}

}  // namespace

void bind_windows(config::Table& table, DataParameters& data) {
  WindowParameters& w = data.windows;
  table.integer("window", w.window, {.help = "points of a time series that are the inputs of a sample", .minimum = 1, .maximum = 1e6});
  table.integer("window_step", w.window_step, {.help = "points from one of them to the next", .minimum = 1, .maximum = 1e6});
  table.real("time_step", w.time_step,
             {.help = "roessler, mackey_glass: time between points; 0: 0.05 and 1", .minimum = 0, .maximum = 1e6});
}

std::int64_t points_ahead(const DataParameters& data) {
  return (data.windows.window - 1) * data.windows.window_step + data.lorenz.steps_ahead;
}

Part window_part(const TimeSeries& series, const DataParameters& data, std::int64_t begin, std::int64_t end) {
  Part part;
  part.n_samples = end - begin;
  const auto width = static_cast<std::int64_t>(series.names.size());
  for (std::int64_t i = begin; i < end; ++i) {
    for (std::int64_t w = 0; w < data.windows.window; ++w) {
      const double* point = series.values.data() + (i + w * data.windows.window_step) * width;
      for (std::int64_t c = 0; c < width; ++c) part.inputs.push_back(static_cast<float>(point[c]));
    }
    const double* target = series.values.data() + (i + points_ahead(data)) * width;
    for (const std::size_t c : series.target_columns) part.targets.push_back(static_cast<float>(target[c]));
  }
  return part;
}

void name_windows(const TimeSeries& series, const DataParameters& data, Dataset& dataset) {
  for (std::int64_t w = data.windows.window; w-- > 0;) {
    for (const std::string& name : series.names)
      dataset.input_names.push_back(data.windows.window == 1 ? name : fmt::format("{}_lag_{}", name, w * data.windows.window_step));
  }
  for (const std::size_t c : series.target_columns) dataset.target_names.push_back(series.names[c] + "_ahead");
}

Dataset window_dataset(const TimeSeries& series, const DataParameters& data, const char* what) {
  const LorenzParameters& p = data.lorenz;
  check_range("train_points", p.train_points, data, series.n_points());
  check_range("validation_points", p.validation_points, data, series.n_points());
  for (const double x : series.values) {
    if (!std::isfinite(x)) throw InputError(fmt::format("data: {} with these parameters grows without bound", what));
  }
  Dataset dataset;
  name_windows(series, data, dataset);
  dataset.train = window_part(series, data, p.train_points[0], p.train_points[1]);
  dataset.validation = window_part(series, data, p.validation_points[0], p.validation_points[1]);
  return dataset;
}

}  // namespace shoal::nn
