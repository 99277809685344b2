// SPDX-License-Identifier: Apache-2.0
// A dense layer on a few samples: units in the lanes instead of samples, and weights read once, in the order in which they
// lie. The same sums in the same order as product(), hence the same bits.
#pragma once

#include <cstdint>

namespace shoal::kernels {

inline constexpr std::int64_t kMostFewSamples = 8;

// weights (output, input + 1), the bias last; inputs (sample, input): input_stride is a multiple of 16, and the numbers beyond
// n_inputs are readable.
struct FewSamples {
  std::int64_t n = 0;  // samples, 1 .. kMostFewSamples
  std::int64_t n_inputs = 0, n_outputs = 0;
  const float* weights = nullptr;
  const float* inputs = nullptr;
  std::int64_t input_stride = 0;

  std::int64_t row() const { return n_inputs + 1; }
};

// outputs[s * stride + o] = bias(o) + W(o,0) x_s[0] + W(o,1) x_s[1] + ...: one chain of fused multiply-adds each.
// At least 16 outputs.
void few_forward(const FewSamples&, float* outputs, std::int64_t stride);
void few_forward_reference(const FewSamples&, float* outputs, std::int64_t stride);

// One pass over the weights of outputs [begin, end). delta: derivative by output o of sample s at delta[o * delta_stride + s].
//   gradient[(o - begin) * (n_inputs + 1) + i] = delta_0(o) x_0[i] + delta_1(o) x_1[i] + ..., from 0 in order; not for biases
//   below[s * input_stride + i] += W(o,i) delta_s(o), in the order of outputs; null: not wanted. Numbers up to n_inputs rounded
//   up to 16 are read and written.
struct FewDeltas {
  const float* delta = nullptr;
  std::int64_t delta_stride = 0;
  float* below = nullptr;
  float* gradient = nullptr;
};
void few_backward(const FewSamples&, const FewDeltas&, std::int64_t begin, std::int64_t end);
void few_backward_reference(const FewSamples&, const FewDeltas&, std::int64_t begin, std::int64_t end);

}  // namespace shoal::kernels
