// SPDX-License-Identifier: Apache-2.0
#include "nn/standardise.hpp"

#include <cmath>

namespace shoal::nn {

Standardisation fit_standardisation(std::span<const float> rows, std::int64_t n_columns) {
  const auto width = static_cast<std::size_t>(n_columns);
  const auto n = static_cast<double>(rows.size() / width);
  Standardisation s;
  for (std::size_t c = 0; c < width; ++c) {
    double sum = 0, squares = 0;
    for (std::size_t i = c; i < rows.size(); i += width) sum += static_cast<double>(rows[i]);
    const double mean = sum / n;
    for (std::size_t i = c; i < rows.size(); i += width) {
      const double distance = static_cast<double>(rows[i]) - mean;
      squares += distance * distance;
    }
    const double deviation = std::sqrt(squares / n);
    s.mean.push_back(static_cast<float>(mean));
    s.factor.push_back(deviation > 0 ? static_cast<float>(1.0 / deviation) : 1.0f);
  }
  return s;
}

void standardise(std::span<float> rows, std::int64_t n_columns, const Standardisation& s) {
  if (s.mean.empty()) return;
  const auto width = static_cast<std::size_t>(n_columns);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = (rows[i] - s.mean[i % width]) * s.factor[i % width];
}

}  // namespace shoal::nn
