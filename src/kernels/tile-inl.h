// SPDX-License-Identifier: Apache-2.0
// Shapes of register tiles, and calls of templates by sizes that are known at run time only.
#if defined(SHOAL_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_KERNELS_TILE_INL_H_
#undef SHOAL_KERNELS_TILE_INL_H_
#else
#define SHOAL_KERNELS_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F = hn::CappedTag<float, 16>;
using V = hn::Vec<F>;
inline constexpr std::int64_t kVector = static_cast<std::int64_t>(hn::MaxLanes(F()));

// A broadcast number in a register of its own. GCC folds broadcasts into the operands of each multiply-add, which loads
// the number once a vector instead of once a row and makes the loads the limit (measured: 60 instead of 80 % of peak).
HWY_INLINE V broadcast(const float* x) {
  V v = hn::Set(F(), *x);
#if HWY_COMPILER_GCC_ACTUAL && HWY_TARGET <= HWY_AVX3
  asm("" : "+v"(v.raw));
#endif
  return v;
}

// Cuts n into pieces of at most `most`, sizes differing by at most one: first piece.
HWY_INLINE std::int64_t balanced_piece(std::int64_t n, std::int64_t most) {
  const std::int64_t pieces = (n + most - 1) / most;
  return (n + pieces - 1) / pieces;
}

// Calls f.template operator()<i>() for 1 <= i <= Most.
template <int Most, class Call>
HWY_INLINE void with_constant(std::int64_t i, const Call& f) {
  if constexpr (Most > 1) {
    if (i != Most) return with_constant<Most - 1>(i, f);
  }
  f.template operator()<Most>();
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
