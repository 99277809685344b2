// SPDX-License-Identifier: Apache-2.0
// What all register tiles share.
#if defined(SHOAL_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_KERNELS_TILE_INL_H_
#undef SHOAL_KERNELS_TILE_INL_H_
#else
#define SHOAL_KERNELS_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

// Before a loop over the rows or vectors of a tile: unrolled whole, so that sums stay in registers. GCC would keep some
// of them in an array in memory (measured: half of the time of narrow layers).
#undef SHOAL_UNROLL
#if HWY_COMPILER_CLANG
#define SHOAL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SHOAL_UNROLL _Pragma("GCC unroll 16")
#endif

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F = hn::CappedTag<float, 16>;
using V = hn::Vec<F>;
inline constexpr std::int64_t kVector = static_cast<std::int64_t>(hn::MaxLanes(F()));

// Keeps a vector in a register of its own. GCC folds loads (and broadcasts) into the operands of each multiply-add that
// uses them, which repeats the load and makes the two load ports the limit (measured: 60 instead of 80 % of peak).
HWY_INLINE V in_register(V v) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_TARGET <= HWY_AVX3
  asm("" : "+v"(v.raw));
#endif
  return v;
}

HWY_INLINE V broadcast(const float* x) { return in_register(hn::Set(F(), *x)); }

// Cuts n into pieces of at most `most`, the last two of about the same size: the first piece.
HWY_INLINE std::int64_t first_piece(std::int64_t n, std::int64_t most) {
  return n <= most ? n : n < 2 * most ? (n + 1) / 2 : most;
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
