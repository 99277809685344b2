// SPDX-License-Identifier: Apache-2.0
// 1 / (1 + e^-x); its derivative is y - y^2.
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/sigmoid_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void SigmoidForward(const Block& block) {
  map_block(block, [](V x) HWY_ATTR { return sm::sigmoid(F(), x); });
}

void SigmoidBackward(const Block& delta, const float* outputs) {
  map_blocks(delta, outputs, [](V d, V y) HWY_ATTR {
    return hn::Mul(d, hn::NegMulAdd(y, y, y));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "nn/scalar_block.hpp"
#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(SigmoidForward);
HWY_EXPORT(SigmoidBackward);

extern const Activation activation_sigmoid;
const Activation activation_sigmoid = {
    "sigmoid",
    true,
    [](const Block& x, float) { HWY_DYNAMIC_DISPATCH(SigmoidForward)(x); },
    [](const Block& delta, const float* y, float) { HWY_DYNAMIC_DISPATCH(SigmoidBackward)(delta, y); },
    [](const Block& block, float) { map_scalars(block, [](float x) { return math::sigmoid(x); }); },
    [](const Block& delta, const float* outputs, float) {
      map_scalars(delta, outputs, [](float d, float y) { return d * std::fma(-y, y, y); });
    },
};
}  // namespace shoal::nn
#endif
