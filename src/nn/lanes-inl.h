// SPDX-License-Identifier: Apache-2.0
// Loops over a block of lanes, for the SIMD files of this module: vectors of at most 16 lanes, rows in order.
#if defined(SHOAL_NN_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_NN_LANES_INL_H_
#undef SHOAL_NN_LANES_INL_H_
#else
#define SHOAL_NN_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "math/math-inl.h"
#include "nn/block.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace sm = shoal::math::HWY_NAMESPACE;

using F = hn::CappedTag<float, 16>;
using V = hn::Vec<F>;
using M = hn::Mask<F>;
inline constexpr std::int64_t kVector = static_cast<std::int64_t>(hn::MaxLanes(F()));

// x = f(x) for all elements.
template <class Function>
HWY_INLINE void map_block(const Block& x, const Function& f) {
  for (std::int64_t r = 0; r < x.rows; ++r) {
    float* row = x.row(r);
    for (std::int64_t j = 0; j < x.lanes; j += kVector) hn::StoreU(f(hn::LoadU(F(), row + j)), F(), row + j);
  }
}

// x = f(x, y) for all elements of two blocks of one shape and stride.
template <class Function>
HWY_INLINE void map_blocks(const Block& x, const float* y, const Function& f) {
  for (std::int64_t r = 0; r < x.rows; ++r) {
    float* row = x.row(r);
    const float* other = y + r * x.stride;
    for (std::int64_t j = 0; j < x.lanes; j += kVector) {
      hn::StoreU(f(hn::LoadU(F(), row + j), hn::LoadU(F(), other + j)), F(), row + j);
    }
  }
}

// Which of the lanes j, j + 1, ... hold samples.
HWY_INLINE M valid_lanes(std::int64_t j, std::int64_t n_valid) {
  return hn::FirstN(F(), static_cast<std::size_t>(n_valid > j ? n_valid - j : 0));
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
