// SPDX-License-Identifier: Apache-2.0
// Few instructions besides the arithmetic: every address is a pointer and one of a few offsets that stay in registers. In
// tiles of 100 multiply-adds all others are what counts.
#include "shoal/kernels/planned_tiles.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/planned_tiles.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cassert>
#include <utility>

#include "kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

inline constexpr bool kWide = kVector == 16;
inline constexpr std::int64_t kBytes = kVector * static_cast<std::int64_t>(sizeof(float));
inline constexpr std::int64_t kStep = kLanes * static_cast<std::int64_t>(sizeof(float));

template <class T>
HWY_INLINE T* at(T* from, std::int64_t bytes) {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(from) + static_cast<std::uintptr_t>(bytes));
}

// Multiples of a stride, each in a register: the compiler would otherwise keep a pointer to each row and move all of them.
template <int Rows>
struct RowOffsets {
  std::int64_t offset[Rows];

  explicit HWY_INLINE RowOffsets(std::int64_t stride) {
    offset[0] = 0;
    SHOAL_UNROLL for (int m = 1; m < Rows; ++m) {
      offset[m] = m * stride;
#if HWY_COMPILER_GCC_ACTUAL
      asm("" : "+r"(offset[m]));
#endif
    }
  }
};

enum class Kind { plain, relu, back, masked };  // bias, bias and relu, zero, zero and mask

// Between the rows of a tile's last step: the compiler would put all stores behind all arithmetic, and the next tile would
// have to wait for the queue of stores.
HWY_INLINE void keep_order() {
#if HWY_COMPILER_GCC_ACTUAL
  asm volatile("" ::: "memory");
#endif
}

template <Kind kind, int Rows, int Vectors>
HWY_NOINLINE void product_tile(const Tile& t) {
  V sum[Rows][Vectors];
  const RowOffsets<Rows> row(t.a_row);
  SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
    SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) {
      sum[m][v] = kind <= Kind::relu ? hn::Set(F(), *at(t.bias, row.offset[m])) : hn::Zero(F());
    }
  }
  const float* a = t.a;
  const float* b = t.b;
  const std::int64_t a_depth = t.a_depth, b_stride = t.b_stride;
  V right[Vectors];
  for (std::int64_t k = t.depth - 1; k != 0; --k) {
    SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) right[v] = hn::LoadU(F(), at(b, v * kBytes));
    SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
      const V left = broadcast(at(a, row.offset[m]));
      SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) sum[m][v] = hn::MulAdd(left, right[v], sum[m][v]);
    }
    a = at(a, a_depth), b = at(b, b_stride);
  }
  SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) right[v] = in_register(hn::LoadU(F(), at(b, v * kBytes)));
  float* c = t.c;
  const float* mask = t.mask;
  const V zero = hn::Zero(F());
  SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
    const V left = broadcast(at(a, row.offset[m]));
    SHOAL_UNROLL for (int v = 0; v < Vectors; ++v) {
      V x = hn::MulAdd(left, right[v], sum[m][v]);
      if constexpr (kind == Kind::relu) x = hn::Max(zero, x);
      if constexpr (kind == Kind::masked) x = hn::IfThenElseZero(hn::Gt(hn::LoadU(F(), at(mask, v * kBytes)), zero), x);
      hn::StoreU(x, F(), at(c, v * kBytes));
    }
    c = at(c, t.c_stride);
    if constexpr (kind == Kind::masked) mask = at(mask, t.c_stride);
    keep_order();
  }
}

// more: of a block of samples that is not the first; sums go on.
template <bool more, int Rows, int Columns>
HWY_NOINLINE void lane_tile(const Tile& t) {
  const RowOffsets<Rows> row(t.a_row);
  const RowOffsets<Columns> column(t.b_stride);
  for (std::int64_t part = 0; part < kStep; part += kBytes) {
    V sum[Rows][Columns];
    float* to = at(t.c, part);
    SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
      SHOAL_UNROLL for (int n = 0; n < Columns; ++n) {
        sum[m][n] = more ? hn::Load(F(), at(to, n * kStep)) : hn::Zero(F());
      }
      to = at(to, t.c_stride);
    }
    const float* left = at(t.a, part);
    const float* right = at(t.b, part);
    V x[Columns];
    for (std::int64_t step = t.depth - 1; step != 0; --step) {
      SHOAL_UNROLL for (int n = 0; n < Columns; ++n) x[n] = hn::LoadU(F(), at(right, column.offset[n]));
      SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
        const V y = in_register(hn::LoadU(F(), at(left, row.offset[m])));
        SHOAL_UNROLL for (int n = 0; n < Columns; ++n) sum[m][n] = hn::MulAdd(y, x[n], sum[m][n]);
      }
      left = at(left, kStep), right = at(right, kStep);
    }
    SHOAL_UNROLL for (int n = 0; n < Columns; ++n) x[n] = in_register(hn::LoadU(F(), at(right, column.offset[n])));
    to = at(t.c, part);
    SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
      const V y = in_register(hn::LoadU(F(), at(left, row.offset[m])));
      SHOAL_UNROLL for (int n = 0; n < Columns; ++n) hn::Store(hn::MulAdd(y, x[n], sum[m][n]), F(), at(to, n * kStep));
      to = at(to, t.c_stride);
      keep_order();
    }
  }
}

void zero_tile(const Tile& t) {
  for (std::int64_t i = 0; i < t.depth; ++i) t.c[i] = 0.0f;
}

// Sums that fit the registers beside the operands.
inline constexpr int kProductRows = 6, kProductVectors = kWide ? 4 : 2;
inline constexpr int kLaneRows = 6, kLaneColumns = kWide ? 6 : 4, kLaneSums = kWide ? 25 : 12;

using TileFunction = void (*)(const Tile&);

template <Kind kind, int... I>
TileFunction product_function(std::int64_t rows, std::int64_t vectors, std::integer_sequence<int, I...>) {
  static constexpr TileFunction functions[] = {product_tile<kind, I / kProductVectors + 1, I % kProductVectors + 1>...};
  return functions[(rows - 1) * kProductVectors + vectors - 1];
}

// Null where there would be too many sums.
template <bool more, int Rows, int Columns>
constexpr TileFunction lane_function() {
  if constexpr (Rows * Columns <= kLaneSums) return lane_tile<more, Rows, Columns>;
  return nullptr;
}

template <bool more, int... I>
TileFunction lane_function(std::int64_t rows, std::int64_t columns, std::integer_sequence<int, I...>) {
  static constexpr TileFunction functions[] = {lane_function<more, I / kLaneColumns + 1, I % kLaneColumns + 1>()...};
  return functions[(rows - 1) * kLaneColumns + columns - 1];
}

TileFunction product_function(const Product& p, std::int64_t rows, std::int64_t vectors) {
  constexpr auto all = std::make_integer_sequence<int, kProductRows * kProductVectors>();
  if (p.start == Start::bias && p.finish == Finish::none) return product_function<Kind::plain>(rows, vectors, all);
  if (p.start == Start::bias) return product_function<Kind::relu>(rows, vectors, all);
  if (p.finish == Finish::none) return product_function<Kind::back>(rows, vectors, all);
  return product_function<Kind::masked>(rows, vectors, all);
}

void PlanProduct(const Product& p, std::vector<Tile>& tiles) {
  constexpr std::int64_t bytes = sizeof(float);
  for (std::int64_t j = 0; j < p.lanes;) {
    const std::int64_t vectors = first_piece((p.lanes - j) / kVector, kProductVectors);
    for (std::int64_t m = 0; m < p.rows;) {
      const std::int64_t rows = first_piece(p.rows - m, kProductRows);
      Tile tile{product_function(p, rows, vectors), p.a + m * p.a_row, p.b + j, nullptr, nullptr, p.c + m * p.c_stride + j,
                       p.depth, p.a_row * bytes, p.a_depth * bytes, p.b_stride * bytes, p.c_stride * bytes};
      if (p.start == Start::bias) tile.bias = p.bias + m * p.bias_stride;
      if (p.finish == Finish::mask) tile.mask = p.mask + m * p.c_stride + j;
      tiles.push_back(tile);
      m += rows;
    }
    j += vectors * kVector;
  }
}

void plan_lane_block(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns, std::int64_t lanes,
                     std::int64_t block, float* sums, std::vector<Tile>& tiles) {
  constexpr std::int64_t bytes = sizeof(float);
  constexpr auto all = std::make_integer_sequence<int, kLaneRows * kLaneColumns>();
  for (std::int64_t n = 0; n < columns;) {
    const std::int64_t tile_columns = first_piece(columns - n, kLaneColumns);
    for (std::int64_t m = 0; m < rows;) {
      const std::int64_t most = kLaneSums / tile_columns;
      const std::int64_t tile_rows = first_piece(rows - m, most < kLaneRows ? most : kLaneRows);
      const auto function = block == 0 ? lane_function<false>(tile_rows, tile_columns, all) : lane_function<true>(tile_rows, tile_columns, all);
      tiles.push_back({function, left.row(block, m), right.row(block, n), nullptr, nullptr, sums + (m * columns + n) * kLanes,
                       lanes / kLanes, left.stride(block) * bytes, kStep, right.stride(block) * bytes, columns * kStep});
      m += tile_rows;
    }
    n += tile_columns;
  }
}

void PlanLaneProducts(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns, std::int64_t lanes,
                      float* sums, std::vector<Tile>& tiles) {
  for (std::int64_t block = 0; block * kBlockLanes < lanes; ++block) {
    const std::int64_t rest = lanes - block * kBlockLanes;
    plan_lane_block(left, rows, right, columns, rest < kBlockLanes ? rest : kBlockLanes, block, sums, tiles);
  }
}

void PlanZeros(float* to, std::int64_t n, std::vector<Tile>& tiles) {
  tiles.push_back({zero_tile, nullptr, nullptr, nullptr, nullptr, to, n});
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(PlanProduct);
HWY_EXPORT(PlanLaneProducts);
HWY_EXPORT(PlanZeros);

void plan_product(const Product& p, std::vector<Tile>& tiles) {
  assert(p.depth >= 1 && p.lanes % kLanes == 0 && p.start != Start::add);
  assert(p.start != Start::bias || (p.bias_stride == p.a_row && p.finish != Finish::mask));
  assert(p.start != Start::zero || p.finish != Finish::relu);
  HWY_DYNAMIC_DISPATCH(PlanProduct)(p, tiles);
}

void plan_lane_products(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns, std::int64_t lanes,
                        float* sums, std::vector<Tile>& tiles) {
  assert(lanes >= kLanes && lanes % kLanes == 0);
  HWY_DYNAMIC_DISPATCH(PlanLaneProducts)(left, rows, right, columns, lanes, sums, tiles);
}

void plan_zeros(float* to, std::int64_t n, std::vector<Tile>& tiles) { HWY_DYNAMIC_DISPATCH(PlanZeros)(to, n, tiles); }

}  // namespace shoal::kernels
#endif
