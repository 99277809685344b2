// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of (y - t)^2, in squared units of the targets.
#include "nn/mean_error.hpp"

namespace shoal::nn {
namespace {

void add(const LossBlock& b) {
  add_errors(b, [](float error) { return error * error; });
}

}  // namespace

extern const Metric metric_mse;
const Metric metric_mse = {"mse", fits_numbers, false, add, plain_mean};

}  // namespace shoal::nn
