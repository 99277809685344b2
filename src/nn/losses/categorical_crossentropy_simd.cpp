// SPDX-License-Identifier: Apache-2.0
// -sum_r t_r log p_r with p = softmax(x), from x itself: log(sum_r e^(x_r - max)) - sum_r t_r (x_r - max); derivative by
// x_r: p_r - t_r. Targets are one column a class that add up to 1. Label smoothing s of K classes makes t (1 - s) + s / K.
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/categorical_crossentropy_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void CategoricalCrossentropy(const LossBlock& b) {
  const Block& x = b.outputs;
  const V keep = hn::Set(F(), 1.0f - b.constant), spread = hn::Set(F(), b.constant / static_cast<float>(x.rows));
  for (std::int64_t j = 0; j < x.lanes; j += kVector) {
    const M valid = valid_lanes(j, b.n_valid);
    V largest = hn::LoadU(F(), x.row(0) + j);
    for (std::int64_t r = 1; r < x.rows; ++r) {
      const V value = hn::LoadU(F(), x.row(r) + j);
      largest = hn::IfThenElse(hn::Gt(value, largest), value, largest);
    }
    V sum = hn::Zero(F()), own = hn::Zero(F()), weight = hn::Zero(F());
    for (std::int64_t r = 0; r < x.rows; ++r) {
      const V shifted = hn::Sub(hn::LoadU(F(), x.row(r) + j), largest);
      const V target = hn::LoadU(F(), b.targets + r * x.stride + j);
      own = hn::MulAdd(hn::MulAdd(keep, target, spread), shifted, own);
      const float factor = b.class_weights == nullptr ? 1.0f : b.class_weights[r];
      weight = hn::MulAdd(target, hn::Set(F(), factor), weight);
      sum = hn::Add(sum, sm::exp(F(), shifted));
    }
    for (std::int64_t r = 0; b.delta != nullptr && r < x.rows; ++r) {
      const V p = hn::Div(sm::exp(F(), hn::Sub(hn::LoadU(F(), x.row(r) + j), largest)), sum);
      const V target = hn::MulAdd(keep, hn::LoadU(F(), b.targets + r * x.stride + j), spread);
      const V error = hn::IfThenElseZero(valid, hn::Mul(weight, hn::Sub(p, target)));
      hn::StoreU(hn::Mul(error, hn::Set(F(), b.scale)), F(), b.delta + r * x.stride + j);
    }
    float* total = b.sums + j % 16;
    const V value = hn::Mul(weight, hn::Sub(sm::log(F(), sum), own));
    hn::StoreU(hn::Add(hn::LoadU(F(), total), hn::IfThenElseZero(valid, value)), F(), total);
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <fmt/format.h>

#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(CategoricalCrossentropy);

namespace {

void categorical_crossentropy_reference(const LossBlock& b) {
  const Block& x = b.outputs;
  const float keep = 1.0f - b.constant, spread = b.constant / static_cast<float>(x.rows);
  for (std::int64_t j = 0; j < x.lanes; ++j) {
    const bool valid = j < b.n_valid;
    float largest = x.row(0)[j];
    for (std::int64_t r = 1; r < x.rows; ++r) largest = x.row(r)[j] > largest ? x.row(r)[j] : largest;
    float sum = 0, own = 0, weight = 0;
    for (std::int64_t r = 0; r < x.rows; ++r) {
      const float target = b.targets[r * x.stride + j];
      own = std::fma(std::fma(keep, target, spread), x.row(r)[j] - largest, own);
      weight = std::fma(target, b.class_weights == nullptr ? 1.0f : b.class_weights[r], weight);
      sum += math::exp(x.row(r)[j] - largest);
    }
    for (std::int64_t r = 0; b.delta != nullptr && r < x.rows; ++r) {
      const float p = math::exp(x.row(r)[j] - largest) / sum;
      const float target = std::fma(keep, b.targets[r * x.stride + j], spread);
      b.delta[r * x.stride + j] = (valid ? weight * (p - target) : 0.0f) * b.scale;
    }
    b.sums[j % 16] += valid ? weight * (math::log(sum) - own) : 0.0f;
  }
}

std::string one_hot_problem(const Dataset& dataset) {
  const std::int64_t n = dataset.n_targets();
  if (n < 2) {
    return "loss categorical_crossentropy needs one target column a class; sparse_categorical_crossentropy takes the "
           "number of the class";
  }
  for (const Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    for (std::int64_t s = 0; s < part->n_samples; ++s) {
      double sum = 0;
      bool negative = false;
      for (std::int64_t t = 0; t < n; ++t) {
        const float target = part->targets[static_cast<std::size_t>(s * n + t)];
        sum += static_cast<double>(target);
        negative |= target < 0;
      }
      if (negative || !(std::fabs(sum - 1) < 1e-4)) {
        return fmt::format("loss categorical_crossentropy needs target columns that are not negative and add up to 1, "
                           "the data have a sample whose sum is {}", sum);
      }
    }
  }
  return "";
}

}  // namespace

extern const Loss loss_categorical_crossentropy;
const Loss loss_categorical_crossentropy = {
    "categorical_crossentropy",
    "softmax",
    "accuracy",
    true,
    [](const Dataset& dataset) { return dataset.n_targets(); },
    one_hot_problem,
    [](const LossBlock& b) { HWY_DYNAMIC_DISPATCH(CategoricalCrossentropy)(b); },
    categorical_crossentropy_reference,
    bind_label_smoothing,
    &LossParameters::label_smoothing,
};
}  // namespace shoal::nn
#endif
