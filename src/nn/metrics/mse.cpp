// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of (y - t)^2, in squared units of the targets.
#include "nn/mean_error.hpp"
#include "nn/metric.hpp"

namespace shoal::nn {

extern const Metric metric_mse;
const Metric metric_mse = {"mse", fits_numbers, false, add_squared_errors, plain_mean};

}  // namespace shoal::nn
