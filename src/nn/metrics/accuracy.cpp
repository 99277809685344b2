// SPDX-License-Identifier: Apache-2.0
// Share of samples whose class is right: with one output 1 where its probability is over one half (the output before the
// sigmoid is positive), else the first of the largest outputs. Of target columns the first largest is the class.
#include "nn/metric.hpp"

namespace shoal::nn {
namespace {

std::int64_t predicted_class(const Block& x, std::int64_t j) {
  if (x.rows == 1) return x.row(0)[j] > 0.0f ? 1 : 0;
  std::int64_t best = 0;
  for (std::int64_t r = 1; r < x.rows; ++r) {
    if (x.row(r)[j] > x.row(best)[j]) best = r;
  }
  return best;
}

std::int64_t target_class(const LossBlock& b, std::int64_t j) {
  if (b.n_targets == 1) return static_cast<std::int64_t>(b.targets[j]);
  std::int64_t best = 0;
  for (std::int64_t r = 1; r < b.n_targets; ++r) {
    if (b.targets[r * b.outputs.stride + j] > b.targets[best * b.outputs.stride + j]) best = r;
  }
  return best;
}

void add(const LossBlock& b) {
  for (std::int64_t j = 0; j < b.n_valid; ++j) {
    const bool right = predicted_class(b.outputs, j) == target_class(b, j);
    b.sums[j % 16] += right ? 1.0f : 0.0f;
  }
}

}  // namespace

extern const Metric metric_accuracy;
const Metric metric_accuracy = {"accuracy", fits_classes, true, add, plain_mean};

}  // namespace shoal::nn
