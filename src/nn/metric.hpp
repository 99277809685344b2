// SPDX-License-Identifier: Apache-2.0
// Metrics of a part of the data: one file in src/nn/metrics and one line in metrics.def each. The loss is not one of them.
//
// A metric that is a mean over samples adds them up block by block; one that is not (a rank, a ratio of counts) sees all
// outputs of the part at once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/loss.hpp"

namespace shoal::nn {

// All outputs of a part. Of losses that are computed from logits, outputs are those before the last activation.
struct PartOutputs {
  std::int64_t n_samples = 0, n_outputs = 0, n_targets = 0;
  const float* outputs = nullptr;           // (sample, output), row-major
  const float* targets = nullptr;           // (sample, target)
  std::span<std::uint32_t> order;           // room for n_samples
  std::span<double> scores;                 // room for n_samples

  // The class of a sample: its number, or the first largest of the target columns.
  std::int64_t target_class(std::int64_t sample) const;
  // The class the network gives it: with one output 1 where that is positive, else the first largest.
  std::int64_t predicted_class(std::int64_t sample) const;
  std::int64_t n_classes() const { return n_outputs == 1 ? 2 : n_outputs; }
};

struct Metric {
  const char* name;
  bool (*fits)(const Loss&);
  bool maximise;                            // is more of it better?
  // sums[j % 16] += the value of each valid sample. delta and scale of the block are not used. Null: see `of_all`.
  void (*add)(const LossBlock&);
  double (*finish)(double mean);            // from the mean over samples to the metric
  double (*of_all)(const PartOutputs&) = nullptr;
};

const Metric& metric(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> metric_names();

inline bool fits_classes(const Loss& loss) { return loss.from_logits; }
inline bool fits_numbers(const Loss& loss) { return !loss.from_logits; }
inline double plain_mean(double mean) { return mean; }

}  // namespace shoal::nn
