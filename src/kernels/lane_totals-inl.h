// SPDX-License-Identifier: Apache-2.0
// Sums of 16 lanes, 8 rows at a time, by a tree of blends, shuffles and adds on 8 lanes, which the three vector ports of 256
// bits do as fast as the two of 512 bits.
#if defined(SHOAL_KERNELS_LANE_TOTALS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_KERNELS_LANE_TOTALS_INL_H_
#undef SHOAL_KERNELS_LANE_TOTALS_INL_H_
#else
#define SHOAL_KERNELS_LANE_TOTALS_INL_H_
#endif

#include <hwy/highway.h>

#include "shoal/kernels/lane_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F8 = hn::CappedTag<float, 8>;
using V8 = hn::Vec<F8>;

// [a0+a4 .. a3+a7 | b0+b4 .. b3+b7]
HWY_INLINE V8 fold_halves(V8 a, V8 b) {
  return hn::Add(hn::ConcatUpperLower(F8(), b, a), hn::ConcatLowerUpper(F8(), b, a));
}

// In each block of four: [x0+x2, x1+x3, y0+y2, y1+y3]
HWY_INLINE V8 fold_pairs(V8 x, V8 y) {
  const hn::Repartition<double, F8> d2;
  const auto x2 = hn::BitCast(d2, x), y2 = hn::BitCast(d2, y);
  return hn::Add(hn::BitCast(F8(), hn::InterleaveLower(d2, x2, y2)),
                 hn::BitCast(F8(), hn::InterleaveUpper(d2, x2, y2)));
}

// [x0+x1, y0+y1, x2+x3, y2+y3, ...]
HWY_INLINE V8 fold_neighbours(V8 x, V8 y) {
  return hn::Add(hn::OddEven(y, x), hn::Shuffle2301(hn::OddEven(x, y)));
}

HWY_INLINE V8 fold_row(const float* row) { return hn::Add(hn::Load(F8(), row), hn::Load(F8(), row + 8)); }

// What reduce_lanes makes of 8 rows.
HWY_INLINE V8 eight_totals(const float* s) {
  const V8 r04 = fold_halves(fold_row(s), fold_row(s + 4 * kLanes));
  const V8 r26 = fold_halves(fold_row(s + 2 * kLanes), fold_row(s + 6 * kLanes));
  const V8 r15 = fold_halves(fold_row(s + kLanes), fold_row(s + 5 * kLanes));
  const V8 r37 = fold_halves(fold_row(s + 3 * kLanes), fold_row(s + 7 * kLanes));
  return fold_neighbours(fold_pairs(r04, r26), fold_pairs(r15, r37));
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
