// SPDX-License-Identifier: Apache-2.0
// -log p_t with p = softmax(x), from x itself: log(sum_r e^(x_r - max)) - (x_t - max); derivative by x_r: p_r - [r = t].
// The target t is the number of the class. With label smoothing s of K classes the target is 1 - s + s / K for it and
// s / K for the others.
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/sparse_categorical_crossentropy_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void SparseCategoricalCrossentropy(const LossBlock& b) {
  const Block& x = b.outputs;
  const bool smooth = b.constant > 0;
  const V keep = hn::Set(F(), 1.0f - b.constant), spread = hn::Set(F(), b.constant / static_cast<float>(x.rows));
  for (std::int64_t j = 0; j < x.lanes; j += kVector) {
    const M valid = valid_lanes(j, b.n_valid);
    const V target = hn::LoadU(F(), b.targets + j);
    V largest = hn::LoadU(F(), x.row(0) + j);
    for (std::int64_t r = 1; r < x.rows; ++r) {
      const V value = hn::LoadU(F(), x.row(r) + j);
      largest = hn::IfThenElse(hn::Gt(value, largest), value, largest);
    }
    V sum = hn::Zero(F()), own = hn::Zero(F()), all = hn::Zero(F()), weight = hn::Set(F(), 1.0f);
    for (std::int64_t r = 0; r < x.rows; ++r) {
      const V shifted = hn::Sub(hn::LoadU(F(), x.row(r) + j), largest);
      const M hit = hn::Eq(target, hn::Set(F(), static_cast<float>(r)));
      own = hn::IfThenElse(hit, shifted, own);
      all = hn::Add(all, shifted);
      if (b.class_weights != nullptr) weight = hn::IfThenElse(hit, hn::Set(F(), b.class_weights[r]), weight);
      const V e = sm::exp(F(), shifted);
      sum = hn::Add(sum, e);
      if (b.delta != nullptr) hn::StoreU(e, F(), b.delta + r * x.stride + j);
    }
    for (std::int64_t r = 0; b.delta != nullptr && r < x.rows; ++r) {
      float* delta = b.delta + r * x.stride + j;
      const V p = hn::Div(hn::LoadU(F(), delta), sum);
      const V hit = hn::IfThenElseZero(hn::Eq(target, hn::Set(F(), static_cast<float>(r))), keep);
      const V error = hn::IfThenElseZero(valid, hn::Mul(weight, hn::Sub(hn::Sub(p, hit), spread)));
      hn::StoreU(hn::Mul(error, hn::Set(F(), b.scale)), F(), delta);
    }
    float* total = b.sums + j % 16;
    if (smooth) own = hn::MulAdd(spread, all, hn::Mul(keep, own));
    const V value = hn::Mul(weight, hn::Sub(sm::log(F(), sum), own));
    hn::StoreU(hn::Add(hn::LoadU(F(), total), hn::IfThenElseZero(valid, value)), F(), total);
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(SparseCategoricalCrossentropy);

namespace {

void sparse_categorical_crossentropy_reference(const LossBlock& b) {
  const Block& x = b.outputs;
  for (std::int64_t j = 0; j < x.lanes; ++j) {
    const bool valid = j < b.n_valid;
    const auto target = static_cast<std::int64_t>(b.targets[j]);
    float largest = x.row(0)[j];
    for (std::int64_t r = 1; r < x.rows; ++r) largest = x.row(r)[j] > largest ? x.row(r)[j] : largest;
    float sum = 0, all = 0;
    for (std::int64_t r = 0; r < x.rows; ++r) {
      sum += math::exp(x.row(r)[j] - largest);
      all += x.row(r)[j] - largest;
    }
    const float keep = 1.0f - b.constant, spread = b.constant / static_cast<float>(x.rows);
    const float weight = b.class_weights == nullptr ? 1.0f : b.class_weights[target];
    for (std::int64_t r = 0; b.delta != nullptr && r < x.rows; ++r) {
      const float p = math::exp(x.row(r)[j] - largest) / sum;
      b.delta[r * x.stride + j] = (valid ? weight * (p - (r == target ? keep : 0.0f) - spread) : 0.0f) * b.scale;
    }
    float own = x.row(target)[j] - largest;
    if (b.constant > 0) own = std::fma(spread, all, keep * own);
    b.sums[j % 16] += valid ? weight * (math::log(sum) - own) : 0.0f;
  }
}

}  // namespace

extern const Loss loss_sparse_categorical_crossentropy;
const Loss loss_sparse_categorical_crossentropy = {
    "sparse_categorical_crossentropy",
    "softmax",
    "accuracy",
    true,
    [](const Dataset& dataset) { return n_target_classes(dataset); },
    [](const Dataset& dataset) {
      return class_problem(dataset, n_target_classes(dataset), "sparse_categorical_crossentropy");
    },
    [](const LossBlock& b) { HWY_DYNAMIC_DISPATCH(SparseCategoricalCrossentropy)(b); },
    sparse_categorical_crossentropy_reference,
    bind_label_smoothing,
    &LossParameters::label_smoothing,
};
}  // namespace shoal::nn
#endif
