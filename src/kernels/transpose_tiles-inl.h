// SPDX-License-Identifier: Apache-2.0
// Four vectors as tiles of 4 x 4 numbers, one in each 128-bit block, turned over.
#if defined(SHOAL_KERNELS_TRANSPOSE_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_KERNELS_TRANSPOSE_TILES_INL_H_
#undef SHOAL_KERNELS_TRANSPOSE_TILES_INL_H_
#else
#define SHOAL_KERNELS_TRANSPOSE_TILES_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Rows to columns within each block of 128 bits, in place.
template <class V>
HWY_INLINE void transpose_tiles(V& a, V& b, V& c, V& d) {
  const hn::DFromV<V> df;
  const hn::Repartition<double, decltype(df)> d2;
  const auto ab_low = hn::BitCast(d2, hn::InterleaveLower(df, a, b));  // a0 b0 a1 b1
  const auto ab_high = hn::BitCast(d2, hn::InterleaveUpper(df, a, b));
  const auto cd_low = hn::BitCast(d2, hn::InterleaveLower(df, c, d));
  const auto cd_high = hn::BitCast(d2, hn::InterleaveUpper(df, c, d));
  a = hn::BitCast(df, hn::InterleaveLower(d2, ab_low, cd_low));
  b = hn::BitCast(df, hn::InterleaveUpper(d2, ab_low, cd_low));
  c = hn::BitCast(df, hn::InterleaveLower(d2, ab_high, cd_high));
  d = hn::BitCast(df, hn::InterleaveUpper(d2, ab_high, cd_high));
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
