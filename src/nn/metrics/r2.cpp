// SPDX-License-Identifier: Apache-2.0
// Coefficient of determination, 1 - sum (y - t)^2 / sum (t - mean t)^2, the mean over the outputs; of an output whose
// targets are all equal 1 if it is exact, else 0 (as scikit-learn's r2_score).
#include "nn/metric.hpp"

namespace shoal::nn {
namespace {

double r2_of_output(const PartOutputs& all, std::int64_t o) {
  double mean = 0, rest = 0, total = 0;
  for (std::int64_t s = 0; s < all.n_samples; ++s) mean += static_cast<double>(all.targets[s * all.n_targets + o]);
  mean /= static_cast<double>(all.n_samples);
  for (std::int64_t s = 0; s < all.n_samples; ++s) {
    const auto target = static_cast<double>(all.targets[s * all.n_targets + o]);
    const double error = static_cast<double>(all.outputs[s * all.n_outputs + o]) - target;
    rest += error * error;
    total += (target - mean) * (target - mean);
  }
  if (total > 0) return 1 - rest / total;
  return rest == 0 ? 1 : 0;
}

double r2(const PartOutputs& all) {
  double sum = 0;
  for (std::int64_t o = 0; o < all.n_outputs; ++o) sum += r2_of_output(all, o);
  return sum / static_cast<double>(all.n_outputs);
}

}  // namespace

extern const Metric metric_r2;
const Metric metric_r2 = {"r2", fits_numbers, true, nullptr, nullptr, r2};

}  // namespace shoal::nn
