// SPDX-License-Identifier: Apache-2.0
// Loop over weights for the optimisers: f(gradient, weight, slot 0, slot 1) changes the last three. Eight at a time:
// divisions and roots are no slower a number than with sixteen, and nothing is left over.
#if defined(SHOAL_NN_UPDATE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_NN_UPDATE_INL_H_
#undef SHOAL_NN_UPDATE_INL_H_
#else
#define SHOAL_NN_UPDATE_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/lane_totals-inl.h"
#include "nn/optimizer.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F8 = hn::CappedTag<float, 8>;
using V8 = hn::Vec<F8>;

// u by value, in registers: to the compiler any store of a vector may change what a reference leads to.
template <int Slots, class Gradient, class Function>
HWY_INLINE void for_each_weight(const Update u, const Gradient& gradient, const Function& f) {
  for (std::int64_t i = 0; i < u.n; i += 8) {
    V8 weight = hn::Load(F8(), u.weights + i);
    V8 first = Slots > 0 ? hn::Load(F8(), u.slots[0] + i) : hn::Zero(F8());
    V8 second = Slots > 1 ? hn::Load(F8(), u.slots[1] + i) : hn::Zero(F8());
    f(gradient(i), weight, first, second);
    hn::Store(weight, F8(), u.weights + i);
    if (Slots > 0) hn::Store(first, F8(), u.slots[0] + i);
    if (Slots > 1) hn::Store(second, F8(), u.slots[1] + i);
  }
}

template <int Slots, class Function>
HWY_INLINE void for_each_weight(const Update& u, const Function& f) {
  if (u.lane_sums != nullptr) {
    const float* sums = u.lane_sums;
    return for_each_weight<Slots>(
        u, [sums](std::int64_t i) HWY_ATTR { return kernels::HWY_NAMESPACE::eight_totals(sums + i * kernels::kLanes); }, f);
  }
  const float* gradient = u.gradient;
  for_each_weight<Slots>(u, [gradient](std::int64_t i) HWY_ATTR { return hn::Load(F8(), gradient + i); }, f);
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
