// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = y - t (P. J. Huber,
// Annals of Mathematical Statistics 35, 1964); derivative: e cut to [-delta, delta], over samples times outputs.
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/huber_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Huber(const LossBlock& b) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows);
  const V limit = hn::Set(F(), b.constant), half = hn::Set(F(), 0.5f), factor = hn::Set(F(), b.scale * share);
  for (std::int64_t j = 0; j < y.lanes; j += kVector) {
    const M valid = valid_lanes(j, b.n_valid);
    V sum = hn::Zero(F());
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const V target = hn::LoadU(F(), b.targets + r * y.stride + j);
      const V error = hn::IfThenElseZero(valid, hn::Sub(hn::LoadU(F(), y.row(r) + j), target));
      // With q = min(|e|, delta): q (|e| - q / 2). NaN must stay: it is not less than anything.
      const V size = hn::Abs(error), inside = hn::IfThenElse(hn::Gt(size, limit), limit, size);
      sum = hn::MulAdd(inside, hn::NegMulAdd(half, inside, size), sum);
      if (b.delta != nullptr) {
        hn::StoreU(hn::Mul(hn::CopySign(inside, error), factor), F(), b.delta + r * y.stride + j);
      }
    }
    float* total = b.sums + j % 16;
    hn::StoreU(hn::MulAdd(sum, hn::Set(F(), share), hn::LoadU(F(), total)), F(), total);
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace shoal::nn {
HWY_EXPORT(Huber);

namespace {

void huber_reference(const LossBlock& b) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows), factor = b.scale * share;
  for (std::int64_t j = 0; j < y.lanes; ++j) {
    float sum = 0;
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const float error = j < b.n_valid ? y.row(r)[j] - b.targets[r * y.stride + j] : 0.0f;
      const float size = std::fabs(error), inside = size > b.constant ? b.constant : size;
      sum = std::fma(inside, std::fma(-0.5f, inside, size), sum);
      if (b.delta != nullptr) b.delta[r * y.stride + j] = std::copysign(inside, error) * factor;
    }
    b.sums[j % 16] = std::fma(sum, share, b.sums[j % 16]);
  }
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
