// SPDX-License-Identifier: Apache-2.0
// Samples from points in order of time: some in a row are the inputs, a later one the target.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shoal/nn/data_parameters.hpp"

namespace shoal::nn {

void bind_windows(config::Table&, DataParameters&);

// Points (time, column), row-major.
struct TimeSeries {
  std::vector<std::string> names;  // (column)
  std::vector<double> values;
  std::vector<std::size_t> target_columns;

  std::int64_t n_points() const { return static_cast<std::int64_t>(values.size() / names.size()); }
};

// Points between the first input of a sample and its target.
std::int64_t points_ahead(const DataParameters&);

// The samples whose first input is point i, begin <= i < end.
Part window_part(const TimeSeries&, const DataParameters&, std::int64_t begin, std::int64_t end);

// A data set of the ranges train_points and validation_points. Throws InputError if they do not fit, or if the series
// holds numbers that are not finite (`what` names it).
Dataset window_dataset(const TimeSeries&, const DataParameters&, const char* what);

// Names of inputs and targets: "x" of one point, "x_lag_2", "x_lag_1", "x_lag_0" of three; "x_ahead".
void name_windows(const TimeSeries&, const DataParameters&, Dataset&);

}  // namespace shoal::nn
