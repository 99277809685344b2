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

}  // namespace

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
