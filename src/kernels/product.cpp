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

// Edge: the last vectors may reach beyond the lanes of C. Sums of weight gradients only; batches are padded.
template <int Rows, int Vectors, bool Edge>
struct Tile {
  V sum[Rows][Vectors];

  static HWY_INLINE V load(const float* row, std::int64_t lanes, int v) {
    if constexpr (Edge) return load_edge(row + v * kVector, lanes - v * kVector);
    return hn::LoadU(F(), row + v * kVector);
  }

  // x = f(x, row, vector) for all sums.
  template <class Function>
  HWY_INLINE void each(const Function& f) {
    SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
      SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) sum[m][v] = f(sum[m][v], m, v);
    }
  }

  HWY_INLINE void start(const Product& p, std::int64_t m0, float* c, std::int64_t lanes) {
    if (p.start == Start::bias) {
      const float* bias = p.bias + m0 * p.bias_stride;
      SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
        const V first = hn::Set(F(), bias[m * p.bias_stride]);
        SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) sum[m][v] = first;
      }
    } else if (p.start == Start::zero) {
      each([](V, int, int) HWY_ATTR { return hn::Zero(F()); });
    } else {
      each([&](V, int m, int v) HWY_ATTR { return load(c + m * p.c_stride, lanes, v); });
    }
  }

  HWY_INLINE void accumulate(const Product& p, const float* a, const float* b) {
    for (std::int64_t k = 0; k < p.depth; ++k, b += p.b_stride, a += p.a_depth) {
      V right[Vectors];
      SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) right[v] = hn::LoadU(F(), b + v * kVector);
      const float* left_row = a;
      SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
        const V left = broadcast(left_row);
        left_row += p.a_row;
        SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) sum[m][v] = hn::MulAdd(left, right[v], sum[m][v]);
      }
    }
  }

  // Max(0, x) gives x where x is NaN: x86 returns the second operand.
  HWY_INLINE void finish(const Product& p, std::int64_t m0, std::int64_t j0, std::int64_t lanes) {
    if (p.finish == Finish::none) return;
    const V zero = hn::Zero(F());
    if (p.finish == Finish::relu) return each([&](V x, int, int) HWY_ATTR { return hn::Max(zero, x); });
    const float* mask = p.mask + m0 * p.c_stride + j0;
    each([&](V x, int m, int v) HWY_ATTR {
      return hn::IfThenElseZero(hn::Gt(load(mask + m * p.c_stride, lanes, v), zero), x);
    });
  }

  HWY_INLINE void store(float* c, std::int64_t stride, std::int64_t lanes) {
    each([&](V x, int m, int v) HWY_ATTR {
      float* to = c + m * stride + v * kVector;
      if constexpr (Edge) {
        store_edge(x, to, lanes - v * kVector);
      } else {
        hn::StoreU(x, F(), to);
      }
      return x;
    });
  }
};

template <int Rows, int Vectors, bool Edge>
HWY_NOINLINE void compute_tile(const Product& p, std::int64_t m0, std::int64_t j0) {
  Tile<Rows, Vectors, Edge> tile;
  float* c = p.c + m0 * p.c_stride + j0;
  const std::int64_t lanes = p.lanes - j0;
  tile.start(p, m0, c, lanes);
  tile.accumulate(p, p.a + m0 * p.a_row, p.b + j0);
  tile.finish(p, m0, j0, lanes);
  tile.store(c, p.c_stride, lanes);
}

using TileFunction = void (*)(const Product&, std::int64_t, std::int64_t);

// kTiles[edge][vectors - 1][rows - 1]
#define SHOAL_TILES(vectors, edge)                                                                      \
  {compute_tile<1, vectors, edge>, compute_tile<2, vectors, edge>, compute_tile<3, vectors, edge>,      \
   compute_tile<4, vectors, edge>, compute_tile<5, vectors, edge>, compute_tile<6, vectors, edge>}
constexpr TileFunction kTiles[2][kTileVectors][kTileRows] = {
#if HWY_TARGET <= HWY_AVX3
    {SHOAL_TILES(1, false), SHOAL_TILES(2, false), SHOAL_TILES(3, false), SHOAL_TILES(4, false)},
    {SHOAL_TILES(1, true), SHOAL_TILES(2, true), SHOAL_TILES(3, true), SHOAL_TILES(4, true)},
#else
    {SHOAL_TILES(1, false), SHOAL_TILES(2, false)},
    {SHOAL_TILES(1, true), SHOAL_TILES(2, true)},
#endif
};
#undef SHOAL_TILES

// The next `vectors` vectors of columns of C from j on, all rows.
HWY_INLINE void multiply_columns(const Product& p, std::int64_t j, std::int64_t vectors) {
  const TileFunction* tiles = kTiles[j + vectors * kVector > p.lanes ? 1 : 0][vectors - 1];
  for (std::int64_t m = 0; m < p.rows;) {
    const std::int64_t rows = first_piece(p.rows - m, kTileRows);
    tiles[rows - 1](p, m, j);
    m += rows;
  }
}

HWY_INLINE std::int64_t vectors_from(const Product& p, std::int64_t j) {
  const std::int64_t left = (p.lanes - j + kVector - 1) / kVector;
  return left < kTileVectors ? left : kTileVectors;
}

// Sums of many terms in pieces of this many: those of B, 256 bytes of each row, stay in the first cache for all rows of A, and
// so do the pages of A when it is read by columns.
inline constexpr std::int64_t kDepthPiece = 128;

// A piece is copied together for at least this many rows: rows of 512 bytes, of which a tile reads half, would compete for
// half of the first cache (measured: 5 % of the product of wide layers).
inline constexpr std::int64_t kPackedRows = 48;
inline constexpr std::int64_t kPanelFloats = kDepthPiece * kTileVectors * kVector;

HWY_INLINE void copy_panel(const Product& p, std::int64_t j, std::int64_t vectors, float* panel) {
  const float* from = p.b + j;
  for (std::int64_t k = 0; k < p.depth; ++k, from += p.b_stride) {
    for (std::int64_t v = 0; v < vectors; ++v, panel += kVector) hn::Store(hn::LoadU(F(), from + v * kVector), F(), panel);
  }
}

void multiply_piece(const Product& p) {
  alignas(64) static thread_local float panel[kPanelFloats];
  for (std::int64_t j = 0; j < p.lanes;) {
    const std::int64_t vectors = vectors_from(p, j);
    if (p.rows >= kPackedRows && p.b_stride > vectors * kVector) {
      copy_panel(p, j, vectors, panel);
      Product packed = p;
      packed.b = panel, packed.b_stride = vectors * kVector;
      packed.lanes = p.lanes - j, packed.c = p.c + j;
      if (p.mask != nullptr) packed.mask = p.mask + j;
      multiply_columns(packed, 0, vectors);
    } else {
      multiply_columns(p, j, vectors);
    }
    j += vectors * kVector;
  }
}

void Multiply(const Product& p) {
  if (p.depth <= 2 * kDepthPiece) {
    for (std::int64_t j = 0; j < p.lanes; j += kTileVectors * kVector) multiply_columns(p, j, vectors_from(p, j));
    return;
  }
  Product piece = p;
  for (std::int64_t k = 0; k < p.depth; k += kDepthPiece) {
    const bool last = p.depth - k <= kDepthPiece;
    piece.depth = last ? p.depth - k : kDepthPiece;
    piece.a = p.a + k * p.a_depth, piece.b = p.b + k * p.b_stride;
    piece.start = k == 0 ? p.start : Start::add;
    piece.finish = last ? p.finish : Finish::none;
    multiply_piece(piece);
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
