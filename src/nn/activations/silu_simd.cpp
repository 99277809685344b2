// SPDX-License-Identifier: Apache-2.0
// x s with s = sigmoid(x); its derivative is s + x s (1 - s) (Elfwing, Uchibe, Doya, Neural Networks 107, 2018).
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/silu_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void SiluForward(const Block& block) {
  map_block(block, [](V x) HWY_ATTR { return hn::Mul(x, sm::sigmoid(F(), x)); });
}

void SiluBackward(const Block& delta, const float* inputs) {
  map_blocks(delta, inputs, [](V d, V x) HWY_ATTR {
    const V s = sm::sigmoid(F(), x);
    return hn::Mul(d, hn::MulAdd(hn::Mul(x, s), hn::Sub(hn::Set(F(), 1.0f), s), s));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "nn/scalar_block.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(SiluForward);
HWY_EXPORT(SiluBackward);

extern const Activation activation_silu;
const Activation activation_silu = {
    "silu",
    true,
    [](const Block& x, float) { HWY_DYNAMIC_DISPATCH(SiluForward)(x); },
    [](const Block& delta, const float* input, float) { HWY_DYNAMIC_DISPATCH(SiluBackward)(delta, input); },
    [](const Block& block, float) {
      map_scalars(block, [](float x) { return x * math::sigmoid(x); });
    },
    [](const Block& delta, const float* inputs, float) {
      map_scalars(delta, inputs, [](float d, float x) {
        const float s = math::sigmoid(x);
        return d * std::fma(x * s, 1.0f - s, s);
      });
    },
    true,
};
}  // namespace shoal::nn
#endif
