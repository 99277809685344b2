// SPDX-License-Identifier: Apache-2.0
// Mean over samples and outputs of (y - t)^2; derivative 2 (y - t) / (samples outputs).
#include "nn/loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/mse_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Mse(const LossBlock& b) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows);
  const V factor = hn::Set(F(), 2.0f * b.scale * share);
  for (std::int64_t j = 0; j < y.lanes; j += kVector) {
    const M valid = valid_lanes(j, b.n_valid);
    V sum = hn::Zero(F());
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const V target = hn::LoadU(F(), b.targets + r * y.stride + j);
      const V error = hn::IfThenElseZero(valid, hn::Sub(hn::LoadU(F(), y.row(r) + j), target));
      sum = hn::MulAdd(error, error, sum);
      if (b.delta != nullptr) hn::StoreU(hn::Mul(error, factor), F(), b.delta + r * y.stride + j);
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
HWY_EXPORT(Mse);

namespace {

void mse_reference(const LossBlock& b) {
  const Block& y = b.outputs;
  const float share = 1.0f / static_cast<float>(y.rows);
  for (std::int64_t j = 0; j < y.lanes; ++j) {
    float sum = 0;
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const float error = j < b.n_valid ? y.row(r)[j] - b.targets[r * y.stride + j] : 0.0f;
      sum = std::fma(error, error, sum);
      if (b.delta != nullptr) b.delta[r * y.stride + j] = error * (2.0f * b.scale * share);
    }
    b.sums[j % 16] = std::fma(sum, share, b.sums[j % 16]);
  }
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
