// SPDX-License-Identifier: Apache-2.0
// e^(x_r - max) / sum, over the rows of one sample, sums in the order of rows. For the last layer only.
// Backward: delta_r = y_r (delta_r - sum_s y_s delta_s).
#include "nn/activation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/softmax_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void SoftmaxForward(const Block& x) {
  for (std::int64_t j = 0; j < x.lanes; j += kVector) {
    V largest = hn::LoadU(F(), x.row(0) + j);
    for (std::int64_t r = 1; r < x.rows; ++r) {
      const V value = hn::LoadU(F(), x.row(r) + j);
      largest = hn::IfThenElse(hn::Gt(value, largest), value, largest);
    }
    V sum = hn::Zero(F());
    for (std::int64_t r = 0; r < x.rows; ++r) {
      const V e = sm::exp(F(), hn::Sub(hn::LoadU(F(), x.row(r) + j), largest));
      hn::StoreU(e, F(), x.row(r) + j);
      sum = hn::Add(sum, e);
    }
    for (std::int64_t r = 0; r < x.rows; ++r) {
      hn::StoreU(hn::Div(hn::LoadU(F(), x.row(r) + j), sum), F(), x.row(r) + j);
    }
  }
}

void SoftmaxBackward(const Block& delta, const float* y) {
  for (std::int64_t j = 0; j < delta.lanes; j += kVector) {
    V sum = hn::Zero(F());
    for (std::int64_t r = 0; r < delta.rows; ++r) {
      sum = hn::MulAdd(hn::LoadU(F(), y + r * delta.stride + j), hn::LoadU(F(), delta.row(r) + j), sum);
    }
    for (std::int64_t r = 0; r < delta.rows; ++r) {
      float* d = delta.row(r) + j;
      hn::StoreU(hn::Mul(hn::LoadU(F(), y + r * delta.stride + j), hn::Sub(hn::LoadU(F(), d), sum)), F(), d);
    }
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(SoftmaxForward);
HWY_EXPORT(SoftmaxBackward);

namespace {

void softmax_forward_reference(const Block& x, float) {
  for (std::int64_t j = 0; j < x.lanes; ++j) {
    float largest = x.row(0)[j];
    for (std::int64_t r = 1; r < x.rows; ++r) largest = x.row(r)[j] > largest ? x.row(r)[j] : largest;
    float sum = 0;
    for (std::int64_t r = 0; r < x.rows; ++r) {
      x.row(r)[j] = math::exp(x.row(r)[j] - largest);
      sum += x.row(r)[j];
    }
    for (std::int64_t r = 0; r < x.rows; ++r) x.row(r)[j] /= sum;
  }
}

void softmax_backward_reference(const Block& delta, const float* y, float) {
  for (std::int64_t j = 0; j < delta.lanes; ++j) {
    float sum = 0;
    for (std::int64_t r = 0; r < delta.rows; ++r) sum = std::fma(y[r * delta.stride + j], delta.row(r)[j], sum);
    for (std::int64_t r = 0; r < delta.rows; ++r) {
      delta.row(r)[j] = y[r * delta.stride + j] * (delta.row(r)[j] - sum);
    }
  }
}

}  // namespace

extern const Activation activation_softmax;
const Activation activation_softmax = {
    "softmax",
    false,
    [](const Block& x, float) { HWY_DYNAMIC_DISPATCH(SoftmaxForward)(x); },
    [](const Block& delta, const float* y, float) { HWY_DYNAMIC_DISPATCH(SoftmaxBackward)(delta, y); },
    softmax_forward_reference,
    softmax_backward_reference,
};
}  // namespace shoal::nn
#endif
