// SPDX-License-Identifier: Apache-2.0
// x where it is positive, else negative_slope x (Maas, Hannun, Ng, ICML 2013).
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/leaky_relu_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void LeakyReluForward(const Block& block, float c) {
  const V slope = hn::Set(F(), c);
  map_block(block, [slope](V x) HWY_ATTR { return hn::IfThenElse(hn::Gt(x, hn::Zero(F())), x, hn::Mul(slope, x)); });
}

void LeakyReluBackward(const Block& delta, const float* outputs, float c) {
  const V slope = hn::Set(F(), c);
  map_blocks(delta, outputs, [slope](V d, V y) HWY_ATTR {
    return hn::IfThenElse(hn::Gt(y, hn::Zero(F())), d, hn::Mul(slope, d));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "nn/scalar_block.hpp"

namespace shoal::nn {
HWY_EXPORT(LeakyReluForward);
HWY_EXPORT(LeakyReluBackward);

extern const Activation activation_leaky_relu;
const Activation activation_leaky_relu = {
    "leaky_relu",
    true,
    [](const Block& x, float c) { HWY_DYNAMIC_DISPATCH(LeakyReluForward)(x, c); },
    [](const Block& delta, const float* output, float c) { HWY_DYNAMIC_DISPATCH(LeakyReluBackward)(delta, output, c); },
    [](const Block& block, float c) {
      map_scalars(block, [c](float x) { return x > 0.0f ? x : c * x; });
    },
    [](const Block& delta, const float* outputs, float c) {
      map_scalars(delta, outputs, [c](float d, float y) { return y > 0.0f ? d : c * d; });
    },
    false,
    [](config::Table& table, ActivationParameters& p) {
      table.real("negative_slope", p.negative_slope, {.help = "slope of leaky_relu below 0", .minimum = 0, .maximum = 1});
    },
    &ActivationParameters::negative_slope,
};
}  // namespace shoal::nn
#endif
