// SPDX-License-Identifier: Apache-2.0
// What the losses of regression share: the walk over the errors y - t of a block, samples in the lanes.
#if defined(SHOAL_NN_LOSSES_REGRESSION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_NN_LOSSES_REGRESSION_INL_H_
#undef SHOAL_NN_LOSSES_REGRESSION_INL_H_
#else
#define SHOAL_NN_LOSSES_REGRESSION_INL_H_
#endif

#include <cstdint>

#include "nn/lanes-inl.h"
#include "nn/loss.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

// add(error, sum): the sum with one more error; slope(error): the derivative, without the share of the outputs in the mean.
template <class Add, class Slope>
HWY_INLINE void over_errors(const LossBlock& b, const Add& add, const Slope& slope) {
  const Block& y = b.outputs;
  const V share = hn::Set(F(), 1.0f / static_cast<float>(y.rows));
  for (std::int64_t j = 0; j < y.lanes; j += kVector) {
    const M valid = valid_lanes(j, b.n_valid);
    V sum = hn::Zero(F());
    for (std::int64_t r = 0; r < y.rows; ++r) {
      const V target = hn::LoadU(F(), b.targets + r * y.stride + j);
      const V error = hn::IfThenElseZero(valid, hn::Sub(hn::LoadU(F(), y.row(r) + j), target));
      sum = add(error, sum);
      if (b.delta != nullptr) hn::StoreU(slope(error), F(), b.delta + r * y.stride + j);
    }
    float* total = b.sums + j % 16;
    hn::StoreU(hn::MulAdd(sum, share, hn::LoadU(F(), total)), F(), total);
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
