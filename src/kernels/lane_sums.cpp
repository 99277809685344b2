// SPDX-License-Identifier: Apache-2.0
// Products: tiles of up to 25 sums (AVX-512: 5 x 5, 4 x 6, ... of 32 registers) or 12 (AVX2, whose registers hold half of
// the 16 lanes: two passes over 3 x 4, 2 x 6, ...).
#include "shoal/kernels/lane_sums.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lane_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lane_totals-inl.h"
#include "kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

inline constexpr int kMostSums = kVector == 16 ? 25 : 12;
inline constexpr int kMostColumns = kVector == 16 ? 6 : 4;
inline constexpr int kMostRows = 6;

template <int Rows, int Columns>
HWY_NOINLINE void product_tile(const Blocked& left, std::int64_t m0, const Blocked& right, std::int64_t n0,
                               std::int64_t columns, std::int64_t lanes, float* sums) {
  for (std::int64_t part = 0; part < kLanes; part += kVector) {
    V sum[Rows][Columns];
    SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
      SHOAL_UNROLL for (int n = 0; n < Columns; ++n) sum[m][n] = hn::Zero(F());
    }
    for (std::int64_t block = 0; block * kBlockLanes < lanes; ++block) {
      const std::int64_t left_stride = left.stride(block), right_stride = right.stride(block);
      const float* l = left.row(block, m0) + part;
      const float* r = right.row(block, n0) + part;
      const std::int64_t rest = lanes - block * kBlockLanes;
      const std::int64_t count = rest < kBlockLanes ? rest : kBlockLanes;
      for (std::int64_t j = 0; j < count; j += kLanes) {
        V x[Columns];
        SHOAL_UNROLL for (int n = 0; n < Columns; ++n) x[n] = hn::LoadU(F(), r + n * right_stride + j);
        SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
          const V y = in_register(hn::LoadU(F(), l + m * left_stride + j));
          SHOAL_UNROLL for (int n = 0; n < Columns; ++n) sum[m][n] = hn::MulAdd(y, x[n], sum[m][n]);
        }
      }
    }
    SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
      float* to = sums + ((m0 + m) * columns + n0) * kLanes + part;
      SHOAL_UNROLL for (int n = 0; n < Columns; ++n) hn::Store(sum[m][n], F(), to + n * kLanes);
    }
  }
}

using TileFunction = void (*)(const Blocked&, std::int64_t, const Blocked&, std::int64_t, std::int64_t, std::int64_t,
                              float*);

// The tile of a shape, or null where it has too many sums.
template <int Rows, int Columns>
constexpr TileFunction tile_function() {
  if constexpr (Rows * Columns <= kMostSums && Columns <= kMostColumns) {
    return product_tile<Rows, Columns>;
  } else {
    return nullptr;
  }
}

#define SHOAL_TILES(columns)                                                                                 \
  {tile_function<1, columns>(), tile_function<2, columns>(), tile_function<3, columns>(),                    \
   tile_function<4, columns>(), tile_function<5, columns>(), tile_function<6, columns>()}
constexpr TileFunction kTiles[6][kMostRows] = {SHOAL_TILES(1), SHOAL_TILES(2), SHOAL_TILES(3),
                                               SHOAL_TILES(4), SHOAL_TILES(5), SHOAL_TILES(6)};
#undef SHOAL_TILES

constexpr std::int64_t most_rows(std::int64_t columns) {
  return kMostSums / columns < kMostRows ? kMostSums / columns : kMostRows;
}
constexpr std::int64_t kMostRowsOf[] = {0, most_rows(1), most_rows(2), most_rows(3),
                                        most_rows(4), most_rows(5), most_rows(6)};

void LaneProducts(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns,
                  std::int64_t lanes, float* sums) {
  for (std::int64_t n = 0; n < columns;) {
    const std::int64_t tile_columns = first_piece(columns - n, kMostColumns);
    for (std::int64_t m = 0; m < rows;) {
      const std::int64_t tile_rows = first_piece(rows - m, kMostRowsOf[tile_columns]);
      kTiles[tile_columns - 1][tile_rows - 1](left, m, right, n, columns, lanes, sums);
      m += tile_rows;
    }
    n += tile_columns;
  }
}

void ReduceLanes(const float* sums, std::int64_t n, float* totals) {
  for (std::int64_t i = 0; i < n; i += 8) hn::StoreU(eight_totals(sums + i * kLanes), F8(), totals + i);
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
