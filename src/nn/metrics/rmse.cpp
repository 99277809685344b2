// SPDX-License-Identifier: Apache-2.0
// Root of the mean over samples and outputs of (y - t)^2, in the units of the targets.
#include <cmath>

#include "nn/mean_error.hpp"

namespace shoal::nn {
namespace {

void add(const LossBlock& b) {
  add_errors(b, [](float error) { return error * error; });
}

}  // namespace

extern const Metric metric_rmse;
const Metric metric_rmse = {"rmse", fits_numbers, false, add, [](double mean) { return std::sqrt(mean); }};

}  // namespace shoal::nn
