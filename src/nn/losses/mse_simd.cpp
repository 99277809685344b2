// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of (y - t)^2; derivative 2 (y - t) / (samples outputs).
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/mse_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/losses/regression-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Mse(const LossBlock& b) {
  const V factor = hn::Set(F(), 2.0f * b.scale * (1.0f / static_cast<float>(b.outputs.rows)));
  over_errors(
      b, [](V error, V sum) HWY_ATTR { return hn::MulAdd(error, error, sum); },
      [&](V error) HWY_ATTR { return hn::Mul(error, factor); });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "nn/losses/regression_reference.hpp"

namespace shoal::nn {
HWY_EXPORT(Mse);

namespace {

void mse_reference(const LossBlock& b) {
  const float factor = 2.0f * b.scale * (1.0f / static_cast<float>(b.outputs.rows));
  over_errors_reference(
      b, [](float error, float sum) { return std::fma(error, error, sum); },
      [&](float error) { return error * factor; });
}

}  // namespace

extern const Loss loss_mse;
const Loss loss_mse = {
    "mse",
    "linear",
    "rmse",
    false,
    [](const Dataset& dataset) { return dataset.n_targets(); },
    [](const Dataset&) { return std::string(); },
    [](const LossBlock& b) { HWY_DYNAMIC_DISPATCH(Mse)(b); },
    mse_reference,
};
}  // namespace shoal::nn
#endif
