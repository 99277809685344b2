// SPDX-License-Identifier: Apache-2.0
// log(1 + e^x) as max(0, x) + log(1 + e^-|x|), which never overflows; its derivative is sigmoid(x).
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/softplus_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void SoftplusForward(const Block& block) {
  map_block(block, [](V x) HWY_ATTR {
    const V tail = sm::log(F(), hn::Add(hn::Set(F(), 1.0f), sm::exp(F(), hn::Neg(hn::Abs(x)))));
    return hn::Add(hn::Max(hn::Zero(F()), x), tail);
  });
}

void SoftplusBackward(const Block& delta, const float* inputs) {
  map_blocks(delta, inputs, [](V d, V x) HWY_ATTR { return hn::Mul(d, sm::sigmoid(F(), x)); });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "nn/scalar_block.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(SoftplusForward);
HWY_EXPORT(SoftplusBackward);

extern const Activation activation_softplus;
const Activation activation_softplus = {
    "softplus",
    true,
    [](const Block& x, float) { HWY_DYNAMIC_DISPATCH(SoftplusForward)(x); },
    [](const Block& delta, const float* input, float) { HWY_DYNAMIC_DISPATCH(SoftplusBackward)(delta, input); },
    [](const Block& block, float) {
      map_scalars(block, [](float x) {
        return (0.0f > x ? 0.0f : x) + math::log(1.0f + math::exp(-std::fabs(x)));
      });
    },
    [](const Block& delta, const float* inputs, float) {
      map_scalars(delta, inputs, [](float d, float x) { return d * math::sigmoid(x); });
    },
    true,
};
}  // namespace shoal::nn
#endif
