// SPDX-License-Identifier: Apache-2.0
// -t log p - (1 - t) log(1 - p) with p = sigmoid(x), from x itself: max(x, 0) - x t + log(1 + e^-|x|), which never
// overflows; derivative by x: p - t. Targets are classes 0 and 1; the constant s is the label smoothing, which makes
// t (1 - s) + s / 2 of them.
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/binary_crossentropy_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void BinaryCrossentropy(const LossBlock& b) {
  const V zero = hn::Zero(F()), one = hn::Set(F(), 1.0f);
  const V keep = hn::Set(F(), 1.0f - b.constant), spread = hn::Set(F(), 0.5f * b.constant);
  const V weight_0 = hn::Set(F(), b.class_weights == nullptr ? 1.0f : b.class_weights[0]);
  const V weight_1 = hn::Set(F(), b.class_weights == nullptr ? 1.0f : b.class_weights[1]);
  for (std::int64_t j = 0; j < b.outputs.lanes; j += kVector) {
    const M valid = valid_lanes(j, b.n_valid);
    const V x = hn::LoadU(F(), b.outputs.row(0) + j), kind = hn::LoadU(F(), b.targets + j);
    const V t = hn::MulAdd(keep, kind, spread);
    const V weight = hn::IfThenElse(hn::Gt(kind, zero), weight_1, weight_0);
    const V tail = sm::log(F(), hn::Add(one, sm::exp(F(), hn::Neg(hn::Abs(x)))));
    const V value = hn::Mul(weight, hn::Add(hn::NegMulAdd(x, t, hn::Max(zero, x)), tail));
    if (b.delta != nullptr) {
      const V error = hn::IfThenElseZero(valid, hn::Mul(weight, hn::Sub(sm::sigmoid(F(), x), t)));
      hn::StoreU(hn::Mul(error, hn::Set(F(), b.scale)), F(), b.delta + j);
    }
    float* total = b.sums + j % 16;
    hn::StoreU(hn::Add(hn::LoadU(F(), total), hn::IfThenElseZero(valid, value)), F(), total);
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(BinaryCrossentropy);

namespace {

void binary_crossentropy_reference(const LossBlock& b) {
  for (std::int64_t j = 0; j < b.outputs.lanes; ++j) {
    const float x = b.outputs.row(0)[j], t = std::fma(1.0f - b.constant, b.targets[j], 0.5f * b.constant);
    const float weight = b.class_weights == nullptr ? 1.0f : b.class_weights[b.targets[j] > 0 ? 1 : 0];
    const float tail = math::log(1.0f + math::exp(-std::fabs(x)));
    const float value = weight * (std::fma(-x, t, 0.0f > x ? 0.0f : x) + tail);
    const bool valid = j < b.n_valid;
    if (b.delta != nullptr) b.delta[j] = (valid ? weight * (math::sigmoid(x) - t) : 0.0f) * b.scale;
    b.sums[j % 16] += valid ? value : 0.0f;
  }
}

}  // namespace

extern const Loss loss_binary_crossentropy;
const Loss loss_binary_crossentropy = {
    "binary_crossentropy",
    "sigmoid",
    "accuracy",
    true,
    [](const Dataset&) { return std::int64_t{1}; },
    [](const Dataset& dataset) { return class_problem(dataset, 2, "binary_crossentropy"); },
    [](const LossBlock& b) { HWY_DYNAMIC_DISPATCH(BinaryCrossentropy)(b); },
    binary_crossentropy_reference,
    bind_label_smoothing,
    &LossParameters::label_smoothing,
};
}  // namespace shoal::nn
#endif
