// SPDX-License-Identifier: Apache-2.0
// Products: tiles of 4 x 4 (AVX-512) or 3 x 4 (AVX2, whose registers hold half of the 16 lanes: two passes).
// Reduction: 8 rows at a time by a tree of blends, shuffles and adds on 8 lanes, which the three vector ports of 256 bits
// do as fast as the two of 512 bits.
#include "shoal/kernels/lane_sums.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lane_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

inline constexpr int kMostRows = kVector == 16 ? 4 : 3;
inline constexpr int kMostColumns = 4;

template <int Rows, int Columns>
HWY_NOINLINE void product_tile(const Blocked& left, std::int64_t m0, const Blocked& right, std::int64_t n0,
                               std::int64_t columns, std::int64_t lanes, float* sums) {
  for (std::int64_t part = 0; part < kLanes; part += kVector) {
    V sum[Rows][Columns];
    for (auto& row : sum) {
      for (V& x : row) x = hn::Zero(F());
    }
    for (std::int64_t block = 0; block * kBlockLanes < lanes; ++block) {
      const std::int64_t left_stride = left.stride(block), right_stride = right.stride(block);
      const float* l = left.row(block, m0) + part;
      const float* r = right.row(block, n0) + part;
      const std::int64_t rest = lanes - block * kBlockLanes;
      const std::int64_t count = rest < kBlockLanes ? rest : kBlockLanes;
      for (std::int64_t j = 0; j < count; j += kLanes) {
        V x[Columns];
        for (int n = 0; n < Columns; ++n) x[n] = hn::LoadU(F(), r + n * right_stride + j);
        for (int m = 0; m < Rows; ++m) {
          const V y = hn::LoadU(F(), l + m * left_stride + j);
          for (int n = 0; n < Columns; ++n) sum[m][n] = hn::MulAdd(y, x[n], sum[m][n]);
        }
      }
    }
    for (int m = 0; m < Rows; ++m) {
      float* to = sums + ((m0 + m) * columns + n0) * kLanes + part;
      for (int n = 0; n < Columns; ++n) hn::Store(sum[m][n], F(), to + n * kLanes);
    }
  }
}

void LaneProducts(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns,
                  std::int64_t lanes, float* sums) {
  for (std::int64_t m = 0; m < rows;) {
    const std::int64_t tile_rows = balanced_piece(rows - m, kMostRows);
    with_constant<kMostRows>(tile_rows, [&]<int Rows>() HWY_ATTR {
      for (std::int64_t n = 0; n < columns;) {
        const std::int64_t tile_columns = balanced_piece(columns - n, kMostColumns);
        with_constant<kMostColumns>(tile_columns, [&]<int Columns>() HWY_ATTR {
          product_tile<Rows, Columns>(left, m, right, n, columns, lanes, sums);
        });
        n += tile_columns;
      }
    });
    m += tile_rows;
  }
}

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

void ReduceLanes(const float* sums, std::int64_t n, float* totals) {
  for (std::int64_t i = 0; i < n; i += 8) {
    const float* s = sums + i * kLanes;
    const V8 r04 = fold_halves(fold_row(s), fold_row(s + 4 * kLanes));
    const V8 r26 = fold_halves(fold_row(s + 2 * kLanes), fold_row(s + 6 * kLanes));
    const V8 r15 = fold_halves(fold_row(s + kLanes), fold_row(s + 5 * kLanes));
    const V8 r37 = fold_halves(fold_row(s + 3 * kLanes), fold_row(s + 7 * kLanes));
    hn::StoreU(fold_neighbours(fold_pairs(r04, r26), fold_pairs(r15, r37)), F8(), totals + i);
  }
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(LaneProducts);
HWY_EXPORT(ReduceLanes);

void lane_products(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns,
                   std::int64_t lanes, float* sums) {
  HWY_DYNAMIC_DISPATCH(LaneProducts)(left, rows, right, columns, lanes, sums);
}

void reduce_lanes(const float* sums, std::int64_t n, float* totals) {
  HWY_DYNAMIC_DISPATCH(ReduceLanes)(sums, n, totals);
}
}  // namespace shoal::kernels
#endif
