// SPDX-License-Identifier: Apache-2.0
// Root of the mean over samples and outputs of (y - t)^2, in the units of the targets.
#include <cmath>

#include "nn/mean_error.hpp"
#include "nn/metric.hpp"

namespace shoal::nn {

extern const Metric metric_rmse;
const Metric metric_rmse = {"rmse", fits_numbers, false, add_squared_errors, [](double mean) { return std::sqrt(mean); }};

}  // namespace shoal::nn
