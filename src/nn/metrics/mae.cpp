// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of |y - t|, in the units of the targets.
#include <cmath>

#include "nn/mean_error.hpp"

namespace shoal::nn {
namespace {

void add(const LossBlock& b) {
  add_errors(b, [](float error) { return std::fabs(error); });
}

}  // namespace

extern const Metric metric_mae;
const Metric metric_mae = {"mae", fits_numbers, false, add, plain_mean};

}  // namespace shoal::nn
