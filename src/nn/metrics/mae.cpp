// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of |y - t|, in the units of the targets.
#include "nn/mean_error.hpp"
#include "nn/metric.hpp"

namespace shoal::nn {

extern const Metric metric_mae;
const Metric metric_mae = {"mae", fits_numbers, false, add_absolute_errors, plain_mean};

}  // namespace shoal::nn
