// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of (y - t)^2, in squared units of the targets.
#include "nn/metric.hpp"

namespace shoal::nn {
namespace {

void add(const LossBlock& b) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows);
  for (std::int64_t r = 0; r < y.rows; ++r) {
    const float* outputs = y.row(r);
    const float* targets = b.targets + r * y.stride;
    for (std::int64_t j = 0; j < b.n_valid; ++j) {
      const float error = outputs[j] - targets[j];
      b.sums[j % 16] += error * error * share;
    }
  }
}

}  // namespace

extern const Metric metric_mse;
const Metric metric_mse = {"mse", fits_numbers, false, add, plain_mean};

}  // namespace shoal::nn
