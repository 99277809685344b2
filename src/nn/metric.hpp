// SPDX-License-Identifier: Apache-2.0
// Metrics of a part of the data: one file in src/nn/metrics and one line in metrics.def each. The loss is not one of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nn/loss.hpp"

namespace shoal::nn {

struct Metric {
  const char* name;
  bool (*fits)(const Loss&);
  // sums[j % 16] += the value of each valid sample. delta and scale of the block are not used.
  void (*add)(const LossBlock&);
  // From the mean over samples to the metric.
  double (*finish)(double mean);
};

const Metric& metric(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> metric_names();

}  // namespace shoal::nn
