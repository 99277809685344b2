// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = y - t (P. J. Huber,
// Annals of Mathematical Statistics 35, 1964); derivative: e cut to [-delta, delta], over samples times outputs.
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/huber_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/losses/regression-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Huber(const LossBlock& b) {
  const V limit = hn::Set(F(), b.constant), half = hn::Set(F(), 0.5f);
  const V factor = hn::Set(F(), b.scale * (1.0f / static_cast<float>(b.outputs.rows)));
  // q = min(|e|, delta). NaN must stay: it is not less than anything.
  const auto cut = [&](V size) HWY_ATTR { return hn::IfThenElse(hn::Gt(size, limit), limit, size); };
  over_errors(
      b,
      [&](V error, V sum) HWY_ATTR {  // q (|e| - q / 2)
        const V size = hn::Abs(error), inside = cut(size);
        return hn::MulAdd(inside, hn::NegMulAdd(half, inside, size), sum);
      },
      [&](V error) HWY_ATTR { return hn::Mul(hn::CopySign(cut(hn::Abs(error)), error), factor); });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "nn/losses/regression_reference.hpp"

namespace shoal::nn {
HWY_EXPORT(Huber);

namespace {

void huber_reference(const LossBlock& b) {
  const float factor = b.scale * (1.0f / static_cast<float>(b.outputs.rows));
  const auto cut = [&](float size) { return size > b.constant ? b.constant : size; };
  over_errors_reference(
      b,
      [&](float error, float sum) {
        const float size = std::fabs(error), inside = cut(size);
        return std::fma(inside, std::fma(-0.5f, inside, size), sum);
      },
      [&](float error) { return std::copysign(cut(std::fabs(error)), error) * factor; });
}

}  // namespace

extern const Loss loss_huber;
const Loss loss_huber = {
    "huber",
    "linear",
    "rmse",
    false,
    [](const Dataset& dataset) { return dataset.n_targets(); },
    [](const Dataset&) { return std::string(); },
    [](const LossBlock& b) { HWY_DYNAMIC_DISPATCH(Huber)(b); },
    huber_reference,
    [](config::Table& table, LossParameters& p) {
      table.real("delta", p.delta,
                 {.help = "huber: errors beyond count linearly", .minimum = 0, .maximum = 1e9, .exclusive_minimum = true});
    },
    &LossParameters::delta,
};
}  // namespace shoal::nn
#endif
