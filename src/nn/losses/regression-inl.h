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
// b by value, in registers: to the compiler any store of a vector may change what a reference leads to.
template <class Add, class Slope>
HWY_INLINE void over_errors(const LossBlock b, const Add& add, const Slope& slope) {
  const Block y = b.outputs;
  const V share = hn::Set(F(), 1.0f / static_cast<float>(y.rows));
  // Of the vector at j: the errors' sum.
  const auto errors = [&](std::int64_t j, const auto& keep_valid) HWY_ATTR {
    V sum = hn::Zero(F());
    for (std::int64_t at = j; at < y.rows * y.stride; at += y.stride) {
      const V error = keep_valid(hn::Sub(hn::LoadU(F(), y.values + at), hn::LoadU(F(), b.targets + at)));
      sum = add(error, sum);
      if (b.delta != nullptr) hn::StoreU(slope(error), F(), b.delta + at);
    }
    return sum;
  };
  for (std::int64_t part = 0; part < 16; part += kVector) {
    V total = hn::LoadU(F(), b.sums + part);
    std::int64_t j = part;
    for (; j + kVector <= b.n_valid; j += 16) total = hn::MulAdd(errors(j, [](V e) HWY_ATTR { return e; }), share, total);
    for (; j < y.lanes; j += 16) {
      const M valid = valid_lanes(j, b.n_valid);
      total = hn::MulAdd(errors(j, [valid](V e) HWY_ATTR { return hn::IfThenElseZero(valid, e); }), share, total);
    }
    hn::StoreU(total, F(), b.sums + part);
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
