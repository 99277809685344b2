// SPDX-License-Identifier: Apache-2.0
// The slow, obvious twin of regression-inl.h.
#pragma once

#include <cmath>
#include <cstdint>

#include "nn/loss.hpp"

namespace shoal::nn {

// add(error, sum): the sum with one more error; slope(error): the derivative, without the share of the outputs in the mean.
template <class Add, class Slope>
void over_errors_reference(const LossBlock& b, const Add& add, const Slope& slope) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows);
  for (std::int64_t j = 0; j < y.lanes; ++j) {
    float sum = 0;
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const float error = j < b.n_valid ? y.row(r)[j] - b.targets[r * y.stride + j] : 0.0f;
      sum = add(error, sum);
      if (b.delta != nullptr) b.delta[r * y.stride + j] = slope(error);
    }
    b.sums[j % 16] = std::fma(sum, share, b.sums[j % 16]);
  }
}

}  // namespace shoal::nn
