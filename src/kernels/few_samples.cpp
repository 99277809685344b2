// SPDX-License-Identifier: Apache-2.0
// Forward: 16 outputs in the lanes; their weights are turned over in registers, four inputs at a time. Backward: inputs in the
// lanes, eight outputs at a time.
#include "shoal/kernels/few_samples.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/few_samples.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/tile-inl.h"
#include "kernels/transpose_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

using F4 = hn::FixedTag<float, 4>;

// Inputs k .. k + 3 of the weights of kVector outputs, one vector each. Block b of vector i is loaded from output 4 b + i.
struct FourInputs {
  V column[4];

  HWY_INLINE FourInputs(const float* w, std::int64_t row) {
    SHOAL_UNROLL for (int i = 0; i < 4; ++i) column[i] = load(w + i * row, 4 * row);
    transpose_tiles(column[0], column[1], column[2], column[3]);
  }

  static HWY_INLINE V load(const float* w, std::int64_t step) {
    const hn::CappedTag<float, 8> d8;
    const auto low = hn::Combine(d8, hn::LoadU(F4(), w + step), hn::LoadU(F4(), w));
#if HWY_TARGET <= HWY_AVX3
    return hn::Combine(F(), hn::Combine(d8, hn::LoadU(F4(), w + 3 * step), hn::LoadU(F4(), w + 2 * step)), low);
#else
    return low;
#endif
  }
};

HWY_INLINE V load_column(const float* w, std::int64_t row) {
  alignas(64) float column[kVector];
  for (std::int64_t i = 0; i < kVector; ++i) column[i] = w[i * row];
  return hn::Load(F(), column);
}

// Rows are so far apart that the hardware does not see where reading goes on: this many floats ahead.
inline constexpr std::int64_t kAhead = 64;

// Outputs first .. first + Groups * kVector - 1. More than one group where one sum could not keep the units busy.
template <int Samples, int Groups>
HWY_NOINLINE void forward_outputs(const FewSamples& f, std::int64_t first, float* outputs, std::int64_t stride) {
  const std::int64_t row = f.row();
  const float* w = f.weights + first * row;
  V sum[Groups][Samples];
  SHOAL_UNROLL for (int g = 0; g < Groups; ++g) {
    const V bias = load_column(w + g * kVector * row + f.n_inputs, row);
    SHOAL_UNROLL for (int s = 0; s < Samples; ++s) sum[g][s] = bias;
  }
  const float* x = f.inputs;
  std::int64_t k = 0;
  for (; k + 4 <= f.n_inputs; k += 4) {
    if (k % 16 == 0) {
      for (std::int64_t m = 0; m < Groups * kVector; ++m) hwy::Prefetch(w + m * row + k + kAhead);
    }
    SHOAL_UNROLL for (int g = 0; g < Groups; ++g) {
      const FourInputs four(w + g * kVector * row + k, row);
      SHOAL_UNROLL for (int i = 0; i < 4; ++i) {
        SHOAL_UNROLL for (int s = 0; s < Samples; ++s) {
          sum[g][s] = hn::MulAdd(four.column[i], hn::Set(F(), x[s * f.input_stride + k + i]), sum[g][s]);
        }
      }
    }
  }
  for (; k < f.n_inputs; ++k) {
    SHOAL_UNROLL for (int g = 0; g < Groups; ++g) {
      const V column = load_column(w + g * kVector * row + k, row);
      SHOAL_UNROLL for (int s = 0; s < Samples; ++s) {
        sum[g][s] = hn::MulAdd(column, hn::Set(F(), x[s * f.input_stride + k]), sum[g][s]);
      }
    }
  }
  SHOAL_UNROLL for (int g = 0; g < Groups; ++g) {
    SHOAL_UNROLL for (int s = 0; s < Samples; ++s) hn::StoreU(sum[g][s], F(), outputs + s * stride + first + g * kVector);
  }
}

// The last ones once more together with some before them, so that all vectors are full.
template <int Samples>
void forward_all(const FewSamples& f, float* outputs, std::int64_t stride) {
  constexpr int kGroups = Samples == 1 ? 4 : Samples <= 3 ? 2 : 1;
  constexpr std::int64_t most = kGroups * kVector;
  std::int64_t first = 0;
  for (; first + most <= f.n_outputs; first += most) forward_outputs<Samples, kGroups>(f, first, outputs, stride);
  for (; first < f.n_outputs; first += kVector) {
    const std::int64_t from = first + kVector <= f.n_outputs ? first : f.n_outputs - kVector;
    forward_outputs<Samples, 1>(f, from, outputs, stride);
  }
}

template <int Samples, int Outputs>
HWY_NOINLINE void backward_outputs(const FewSamples& f, const FewDeltas& d, std::int64_t first, float* gradient) {
  const std::int64_t row = f.row();
  const float* w = f.weights + first * row;
  const float* delta = d.delta + first * d.delta_stride;
  for (std::int64_t i = 0; i < f.n_inputs; i += kVector) {
    const std::int64_t left = f.n_inputs - i;
    const bool edge = left < kVector;
    const auto mask = hn::FirstN(F(), static_cast<std::size_t>(edge ? left : kVector));
    V x[Samples], below[Samples];
    SHOAL_UNROLL for (int s = 0; s < Samples; ++s) {
      x[s] = hn::LoadU(F(), f.inputs + s * f.input_stride + i);
      below[s] = d.below == nullptr ? hn::Zero(F()) : hn::LoadU(F(), d.below + s * f.input_stride + i);
    }
    SHOAL_UNROLL for (int o = 0; o < Outputs; ++o) {
      const float* from = w + o * row + i;
      const V weight = edge ? hn::MaskedLoad(mask, F(), from) : hn::LoadU(F(), from);
      V sum = hn::Zero(F());
      SHOAL_UNROLL for (int s = 0; s < Samples; ++s) {
        const V factor = hn::Set(F(), delta[o * d.delta_stride + s]);
        below[s] = hn::MulAdd(weight, factor, below[s]);
        sum = hn::MulAdd(factor, x[s], sum);
      }
      float* to = gradient + o * row + i;
      if (edge) {
        hn::BlendedStore(sum, mask, F(), to);
      } else {
        hn::StoreU(sum, F(), to);
      }
    }
    if (d.below == nullptr) continue;
    SHOAL_UNROLL for (int s = 0; s < Samples; ++s) hn::StoreU(below[s], F(), d.below + s * f.input_stride + i);
  }
}

template <int Samples>
void backward_all(const FewSamples& f, const FewDeltas& d, std::int64_t begin, std::int64_t end) {
  constexpr int kOutputs = 8;
  float* gradient = d.gradient;
  std::int64_t o = begin;
  for (; o + kOutputs <= end; o += kOutputs, gradient += kOutputs * f.row()) backward_outputs<Samples, kOutputs>(f, d, o, gradient);
  for (; o < end; ++o, gradient += f.row()) backward_outputs<Samples, 1>(f, d, o, gradient);
}

using Forward = void (*)(const FewSamples&, float*, std::int64_t);
using Backward = void (*)(const FewSamples&, const FewDeltas&, std::int64_t, std::int64_t);
constexpr Forward kForward[kMostFewSamples] = {forward_all<1>, forward_all<2>, forward_all<3>, forward_all<4>,
                                               forward_all<5>, forward_all<6>, forward_all<7>, forward_all<8>};
constexpr Backward kBackward[kMostFewSamples] = {backward_all<1>, backward_all<2>, backward_all<3>, backward_all<4>,
                                                 backward_all<5>, backward_all<6>, backward_all<7>, backward_all<8>};

void FewForward(const FewSamples& f, float* outputs, std::int64_t stride) { kForward[f.n - 1](f, outputs, stride); }

void FewBackward(const FewSamples& f, const FewDeltas& d, std::int64_t begin, std::int64_t end) {
  kBackward[f.n - 1](f, d, begin, end);
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(FewForward);
HWY_EXPORT(FewBackward);

void few_forward(const FewSamples& f, float* outputs, std::int64_t stride) {
  HWY_DYNAMIC_DISPATCH(FewForward)(f, outputs, stride);
}

void few_backward(const FewSamples& f, const FewDeltas& d, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(FewBackward)(f, d, begin, end);
}
}  // namespace shoal::kernels
#endif
