// SPDX-License-Identifier: Apache-2.0
// Share of samples whose class is among the K with the largest outputs; of equal outputs the first classes come first.
#pragma once

#include <string_view>

#include "nn/metric.hpp"

namespace shoal::nn {

inline bool fits_many_classes(const Loss& loss) { return std::string_view(loss.output_activation) == "softmax"; }

template <int K>
double top_k(const PartOutputs& all) {
  double hits = 0;
  for (std::int64_t s = 0; s < all.n_samples; ++s) {
    const float* outputs = all.outputs + s * all.n_outputs;
    const std::int64_t own = all.target_class(s);
    std::int64_t before = 0;
    for (std::int64_t o = 0; o < all.n_outputs; ++o)
      before += outputs[o] > outputs[own] || (outputs[o] == outputs[own] && o < own);
    hits += before < K;
  }
  return hits / static_cast<double>(all.n_samples);
}

}  // namespace shoal::nn
