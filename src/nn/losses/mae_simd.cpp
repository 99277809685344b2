// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of |y - t|; derivative sign(y - t) / (samples outputs), 0 where they are equal.
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/mae_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/losses/regression-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Mae(const LossBlock& b) {
  const V zero = hn::Zero(F()), factor = hn::Set(F(), b.scale * (1.0f / static_cast<float>(b.outputs.rows)));
  over_errors(
      b, [](V error, V sum) HWY_ATTR { return hn::Add(sum, hn::Abs(error)); },
      [&](V error) HWY_ATTR { return hn::IfThenElse(hn::Eq(error, zero), zero, hn::CopySign(factor, error)); });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "nn/losses/regression_reference.hpp"

namespace shoal::nn {
HWY_EXPORT(Mae);

namespace {

void mae_reference(const LossBlock& b) {
  const float factor = b.scale * (1.0f / static_cast<float>(b.outputs.rows));
  over_errors_reference(
      b, [](float error, float sum) { return sum + std::fabs(error); },
      [&](float error) { return error == 0.0f ? 0.0f : std::copysign(factor, error); });
}

}  // namespace

extern const Loss loss_mae;
const Loss loss_mae = {
    "mae",
    "linear",
    "mae",
    false,
    [](const Dataset& dataset) { return dataset.n_targets(); },
    [](const Dataset&) { return std::string(); },
    [](const LossBlock& b) { HWY_DYNAMIC_DISPATCH(Mae)(b); },
    mae_reference,
};
}  // namespace shoal::nn
#endif
