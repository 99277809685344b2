// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "shoal/nn/dataset.hpp"

namespace shoal::nn {

// Mean and 1 / standard deviation of each column of (row, column) numbers: sums in f64 in the order of rows, the
// deviation from the mean (two passes), rounded to f32 at the end.
Standardisation fit_standardisation(std::span<const float> rows, std::int64_t n_columns);

// x = (x - mean) * factor, in place; nothing if `s` is empty. Prediction and training do it with the same bits.
void standardise(std::span<float> rows, std::int64_t n_columns, const Standardisation& s);

}  // namespace shoal::nn
