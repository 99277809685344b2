// SPDX-License-Identifier: Apache-2.0
// max(0, x); NaN stays NaN (x86 returns the second operand). The product kernels do the same on the way.
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/relu_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void ReluForward(const Block& block) {
  map_block(block, [](V x) HWY_ATTR { return hn::Max(hn::Zero(F()), x); });
}

void ReluBackward(const Block& delta, const float* outputs) {
  map_blocks(delta, outputs, [](V d, V y) HWY_ATTR {
    return hn::IfThenElseZero(hn::Gt(y, hn::Zero(F())), d);
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "nn/scalar_block.hpp"

namespace shoal::nn {
HWY_EXPORT(ReluForward);
HWY_EXPORT(ReluBackward);

extern const Activation activation_relu;
const Activation activation_relu = {
    "relu",
    true,
    [](const Block& x, float) { HWY_DYNAMIC_DISPATCH(ReluForward)(x); },
    [](const Block& delta, const float* y, float) { HWY_DYNAMIC_DISPATCH(ReluBackward)(delta, y); },
    [](const Block& block, float) { map_scalars(block, [](float x) { return 0.0f > x ? 0.0f : x; }); },
    [](const Block& delta, const float* outputs, float) {
      map_scalars(delta, outputs, [](float d, float y) { return y > 0.0f ? d : 0.0f; });
    },
};
}  // namespace shoal::nn
#endif
