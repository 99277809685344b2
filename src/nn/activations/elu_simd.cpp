// SPDX-License-Identifier: Apache-2.0
// x where it is positive, else alpha (e^x - 1), whose derivative is y + alpha (Clevert, Unterthiner, Hochreiter, ICLR 2016).
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/elu_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void EluForward(const Block& block, float c) {
  const V alpha = hn::Set(F(), c), one = hn::Set(F(), 1.0f);
  map_block(block, [alpha, one](V x) HWY_ATTR {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(F())), x, hn::Mul(alpha, hn::Sub(sm::exp(F(), x), one)));
  });
}

void EluBackward(const Block& delta, const float* outputs, float c) {
  const V alpha = hn::Set(F(), c);
  map_blocks(delta, outputs, [alpha](V d, V y) HWY_ATTR {
    return hn::IfThenElse(hn::Gt(y, hn::Zero(F())), d, hn::Mul(d, hn::Add(y, alpha)));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "nn/scalar_block.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(EluForward);
HWY_EXPORT(EluBackward);

extern const Activation activation_elu;
const Activation activation_elu = {
    "elu",
    true,
    [](const Block& x, float c) { HWY_DYNAMIC_DISPATCH(EluForward)(x, c); },
    [](const Block& delta, const float* output, float c) { HWY_DYNAMIC_DISPATCH(EluBackward)(delta, output, c); },
    [](const Block& block, float c) {
      map_scalars(block, [c](float x) { return x > 0.0f ? x : c * (math::exp(x) - 1.0f); });
    },
    [](const Block& delta, const float* outputs, float c) {
      map_scalars(delta, outputs, [c](float d, float y) { return y > 0.0f ? d : d * (y + c); });
    },
    false,
    [](config::Table& table, ActivationParameters& p) {
      table.real("alpha", p.alpha, {.help = "elu goes to -alpha", .minimum = 0, .maximum = 1e3});
    },
    &ActivationParameters::alpha,
};
}  // namespace shoal::nn
#endif
