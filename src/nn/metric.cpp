// SPDX-License-Identifier: Apache-2.0
#include "nn/metric.hpp"

#include <stdexcept>

namespace shoal::nn {

#define SHOAL_METRIC(name) extern const Metric metric_##name;
#include "nn/metrics.def"
#undef SHOAL_METRIC

namespace {

const Metric* const kMetrics[] = {
#define SHOAL_METRIC(name) &metric_##name,
#include "nn/metrics.def"
#undef SHOAL_METRIC
};

std::int64_t first_largest(const float* values, std::int64_t n) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace

std::int64_t PartOutputs::target_class(std::int64_t sample) const {
  const float* target = targets + sample * n_targets;
  return n_targets == 1 ? static_cast<std::int64_t>(target[0]) : first_largest(target, n_targets);
}

std::int64_t PartOutputs::predicted_class(std::int64_t sample) const {
  const float* output = outputs + sample * n_outputs;
  return n_outputs == 1 ? (output[0] > 0.0f ? 1 : 0) : first_largest(output, n_outputs);
}

const Metric& metric(std::string_view name) {
  for (const Metric* candidate : kMetrics) {
    if (name == candidate->name) return *candidate;
  }
  throw std::invalid_argument("no metric is called " + std::string(name));
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric* candidate : kMetrics) names.emplace_back(candidate->name);
  return names;
}

}  // namespace shoal::nn
