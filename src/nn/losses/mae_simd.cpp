// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of |y - t|; derivative sign(y - t) / (samples outputs), 0 where they are equal.
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/mae_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Mae(const LossBlock& b) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows);
  const V zero = hn::Zero(F()), factor = hn::Set(F(), b.scale * share);
  for (std::int64_t j = 0; j < y.lanes; j += kVector) {
    const M valid = valid_lanes(j, b.n_valid);
    V sum = hn::Zero(F());
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const V target = hn::LoadU(F(), b.targets + r * y.stride + j);
      const V error = hn::IfThenElseZero(valid, hn::Sub(hn::LoadU(F(), y.row(r) + j), target));
      sum = hn::Add(sum, hn::Abs(error));
      if (b.delta != nullptr) {
        const V slope = hn::IfThenElse(hn::Eq(error, zero), zero, hn::CopySign(factor, error));
        hn::StoreU(slope, F(), b.delta + r * y.stride + j);
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
HWY_EXPORT(Mae);

namespace {

void mae_reference(const LossBlock& b) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows), factor = b.scale * share;
  for (std::int64_t j = 0; j < y.lanes; ++j) {
    float sum = 0;
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const float error = j < b.n_valid ? y.row(r)[j] - b.targets[r * y.stride + j] : 0.0f;
      sum += std::fabs(error);
      if (b.delta != nullptr) b.delta[r * y.stride + j] = error == 0.0f ? 0.0f : std::copysign(factor, error);
    }
    b.sums[j % 16] = std::fma(sum, share, b.sums[j % 16]);
  }
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
