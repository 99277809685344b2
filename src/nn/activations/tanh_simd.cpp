// SPDX-License-Identifier: Apache-2.0
// tanh x; its derivative is 1 - y^2.
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/tanh_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void TanhForward(const Block& block) {
  map_block(block, [](V x) HWY_ATTR { return sm::tanh(F(), x); });
}

void TanhBackward(const Block& delta, const float* outputs) {
  map_blocks(delta, outputs, [](V d, V y) HWY_ATTR {
    return hn::Mul(d, hn::NegMulAdd(y, y, hn::Set(F(), 1.0f)));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "nn/scalar_block.hpp"
#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(TanhForward);
HWY_EXPORT(TanhBackward);

extern const Activation activation_tanh;
const Activation activation_tanh = {
    "tanh",
    true,
    [](const Block& x, float) { HWY_DYNAMIC_DISPATCH(TanhForward)(x); },
    [](const Block& delta, const float* y, float) { HWY_DYNAMIC_DISPATCH(TanhBackward)(delta, y); },
    [](const Block& block, float) { map_scalars(block, [](float x) { return math::tanh(x); }); },
    [](const Block& delta, const float* outputs, float) {
      map_scalars(delta, outputs, [](float d, float y) { return d * std::fma(-y, y, 1.0f); });
    },
};
}  // namespace shoal::nn
#endif
