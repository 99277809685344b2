// SPDX-License-Identifier: Apache-2.0
// Metrics that are means over samples and outputs of a function of the error.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nn/metric.hpp"

namespace shoal::nn {

// sums[j % 16] += f(y - t) / outputs, output after output. In groups of 16 samples, which compilers turn into vectors.
template <class Function>
void add_errors(const LossBlock& b, const Function& f) {
  constexpr std::int64_t kGroup = 16;
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows);
  float sums[kGroup];
  std::copy_n(b.sums, kGroup, sums);
  for (std::int64_t r = 0; r < y.rows; ++r) {
    const float* outputs = y.row(r);
    const float* targets = b.targets + r * y.stride;
    std::int64_t j = 0;
    for (; j + kGroup <= b.n_valid; j += kGroup) {
      for (std::int64_t l = 0; l < kGroup; ++l) sums[l] += f(outputs[j + l] - targets[j + l]) * share;
    }
    for (std::int64_t l = 0; j + l < b.n_valid; ++l) sums[l] += f(outputs[j + l] - targets[j + l]) * share;
  }
  std::copy_n(sums, kGroup, b.sums);
}

}  // namespace shoal::nn
