// SPDX-License-Identifier: Apache-2.0
// Tiles of up to 6 rows x 4 vectors (AVX-512: 24 sums + 4 of B + 1 of A of 32 registers) or 6 x 2 (AVX2: 12 + 2 + 1 of 16).
// In a layer with n inputs a tile of 6 x 4 makes 24 n multiply-adds from 4 n + 6 n loads: the two load ports keep up.
#include "shoal/kernels/product.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/product.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

inline constexpr int kTileRows = 6;
inline constexpr int kTileVectors = kVector == 16 ? 4 : 2;

// Part of a vector at the right edge of C.
HWY_INLINE V load_edge(const float* from, std::int64_t n) {
  if (n >= kVector) return hn::LoadU(F(), from);
  return n <= 0 ? hn::Zero(F()) : hn::MaskedLoad(hn::FirstN(F(), static_cast<std::size_t>(n)), F(), from);
}

HWY_INLINE void store_edge(V v, float* to, std::int64_t n) {
  if (n >= kVector) return hn::StoreU(v, F(), to);
  if (n > 0) hn::BlendedStore(v, hn::FirstN(F(), static_cast<std::size_t>(n)), F(), to);
}

template <int Rows, int Vectors>
struct Tile {
  V sum[Rows][Vectors];

  HWY_INLINE void start(const Product& p, std::int64_t m0, std::int64_t j0) {
    for (int m = 0; m < Rows; ++m) {
      const V first = p.start == Start::bias ? hn::Set(F(), p.bias[(m0 + m) * p.bias_stride]) : hn::Zero(F());
      for (int v = 0; v < Vectors; ++v) sum[m][v] = first;
    }
    if (p.start != Start::add) return;
    for (int m = 0; m < Rows; ++m) {
      for (int v = 0; v < Vectors; ++v) {
        const std::int64_t j = j0 + v * kVector;
        sum[m][v] = load_edge(p.c + (m0 + m) * p.c_stride + j, p.lanes - j);
      }
    }
  }

  HWY_INLINE void accumulate(const Product& p, std::int64_t m0, std::int64_t j0) {
    const float* a[Rows];
    for (int m = 0; m < Rows; ++m) a[m] = p.a + (m0 + m) * p.a_row;
    const float* b = p.b + j0;
    std::int64_t offset = 0;
    for (std::int64_t k = 0; k < p.depth; ++k, b += p.b_stride, offset += p.a_depth) {
      V right[Vectors];
      for (int v = 0; v < Vectors; ++v) right[v] = hn::LoadU(F(), b + v * kVector);
      for (int m = 0; m < Rows; ++m) {
        const V left = broadcast(a[m] + offset);
        for (int v = 0; v < Vectors; ++v) sum[m][v] = hn::MulAdd(left, right[v], sum[m][v]);
      }
    }
  }

  // Max(0, x) gives x where x is NaN: x86 returns the second operand.
  HWY_INLINE void finish(const Product& p, std::int64_t m0, std::int64_t j0) {
    if (p.finish == Finish::none) return;
    const V zero = hn::Zero(F());
    for (int m = 0; m < Rows; ++m) {
      for (int v = 0; v < Vectors; ++v) {
        V& x = sum[m][v];
        if (p.finish == Finish::relu) {
          x = hn::Max(zero, x);
        } else {
          const std::int64_t j = j0 + v * kVector;
          const V mask = load_edge(p.mask + (m0 + m) * p.c_stride + j, p.lanes - j);
          x = hn::IfThenElseZero(hn::Gt(mask, zero), x);
        }
      }
    }
  }

  HWY_INLINE void store(const Product& p, std::int64_t m0, std::int64_t j0) const {
    const bool whole = j0 + Vectors * kVector <= p.lanes;
    for (int m = 0; m < Rows; ++m) {
      float* c = p.c + (m0 + m) * p.c_stride + j0;
      for (int v = 0; v < Vectors; ++v) {
        if (whole) {
          hn::StoreU(sum[m][v], F(), c + v * kVector);
        } else {
          store_edge(sum[m][v], c + v * kVector, p.lanes - j0 - v * kVector);
        }
      }
    }
  }
};

template <int Rows, int Vectors>
HWY_NOINLINE void compute_tile(const Product& p, std::int64_t m0, std::int64_t j0) {
  Tile<Rows, Vectors> tile;
  tile.start(p, m0, j0);
  tile.accumulate(p, m0, j0);
  tile.finish(p, m0, j0);
  tile.store(p, m0, j0);
}

template <int Vectors>
HWY_INLINE void compute_columns(const Product& p, std::int64_t j0) {
  for (std::int64_t m = 0; m < p.rows;) {
    const std::int64_t rows = balanced_piece(p.rows - m, kTileRows);
    with_constant<kTileRows>(rows, [&]<int Rows>() HWY_ATTR { compute_tile<Rows, Vectors>(p, m, j0); });
    m += rows;
  }
}

void Multiply(const Product& p) {
  for (std::int64_t j = 0; j < p.lanes;) {
    const std::int64_t left = (p.lanes - j + kVector - 1) / kVector;
    const std::int64_t vectors = left < kTileVectors ? left : kTileVectors;
    with_constant<kTileVectors>(vectors, [&]<int Vectors>() HWY_ATTR { compute_columns<Vectors>(p, j); });
    j += vectors * kVector;
  }
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(Multiply);
void product(const Product& p) { HWY_DYNAMIC_DISPATCH(Multiply)(p); }
}  // namespace shoal::kernels
#endif
