// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "shoal/kernels/few_samples.hpp"

namespace shoal::kernels {

void few_forward_reference(const FewSamples& f, float* outputs, std::int64_t stride) {
  for (std::int64_t o = 0; o < f.n_outputs; ++o) {
    const float* w = f.weights + o * f.row();
    for (std::int64_t s = 0; s < f.n; ++s) {
      float sum = w[f.n_inputs];
      for (std::int64_t i = 0; i < f.n_inputs; ++i) sum = std::fma(w[i], f.inputs[s * f.input_stride + i], sum);
      outputs[s * stride + o] = sum;
    }
  }
}

void few_backward_reference(const FewSamples& f, const FewDeltas& d, std::int64_t begin, std::int64_t end) {
  for (std::int64_t o = begin; o < end; ++o) {
    const float* w = f.weights + o * f.row();
    for (std::int64_t i = 0; i < f.n_inputs; ++i) {
      float sum = 0;
      for (std::int64_t s = 0; s < f.n; ++s) {
        const float delta = d.delta[o * d.delta_stride + s];
        sum = std::fma(delta, f.inputs[s * f.input_stride + i], sum);
        if (d.below == nullptr) continue;
        float& below = d.below[s * f.input_stride + i];
        below = std::fma(w[i], delta, below);
      }
      d.gradient[(o - begin) * f.row() + i] = sum;
    }
  }
}

}  // namespace shoal::kernels
