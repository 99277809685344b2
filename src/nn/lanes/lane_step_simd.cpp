// SPDX-License-Identifier: Apache-2.0
// Products: tiles of up to 3 units x 8 samples, 4 x 6, 5 x 5 or 6 x 4 (AVX-512: 25 sums + 5 weights + 1 of 32 registers) or
// 3 x 4 (AVX2). Both factors are vectors, so a tile of m x n makes m n multiply-adds from m + n loads.
// Gradients: tiles of up to 25 sums (AVX-512) or 9 (AVX2). AVX2 makes two passes of 8 networks.
#include "nn/lanes/lane_step.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/lanes/lane_step_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstring>

#include "kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::lanes::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace sk = shoal::kernels::HWY_NAMESPACE;
using sk::F;
using sk::in_register;
using sk::kVector;
using sk::V;

enum class Finish { none, relu, mask };

// C[m][s] = finish(start + sum over k of A(m,k) B[k][s]), k rising; all strides in floats.
struct Product {
  std::int64_t rows, depth;
  const float* a;
  std::int64_t a_row, a_depth;
  const float* b;
  float* c;
  std::int64_t unit;   // stride of B and C
  const float* bias;   // stride a_row; null: start at 0
  Finish finish;
  const float* mask;   // for Finish::mask: C where this is > 0, else 0
};

inline constexpr int kMostRows = kVector == 16 ? 6 : 3;
constexpr int most_samples(int rows) { return kVector != 16 ? 4 : rows <= 3 ? 8 : rows == 4 ? 6 : rows == 5 ? 5 : 4; }

// Rows m0 .. m0 + Rows, and n tiles of samples from s0 on.
template <int Rows, int Samples>
HWY_NOINLINE void product_tiles(const Product& p, std::int64_t m0, std::int64_t s0, std::int64_t n) {
  const std::int64_t a_row = p.a_row, a_depth = p.a_depth, unit = p.unit;
  const V zero = hn::Zero(F());
  for (std::int64_t part = 0; part < kNetworks; part += kVector) {
    const float* const a0 = p.a + m0 * a_row + part;
    const float* const end = p.b + p.depth * unit + s0 * kNetworks + part;
    const float* b0 = p.b + s0 * kNetworks + part;
    const float* bias = p.bias + m0 * a_row + part;
    const std::int64_t place = m0 * unit + s0 * kNetworks + part;
    float* c = p.c + place;
    const float* mask = p.mask + place;
    for (std::int64_t tile = 0; tile < n; ++tile) {
      V sum[Rows][Samples];
      const auto each = [&](const auto& f) HWY_ATTR {
        SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
          SHOAL_UNROLL for (int s = 0; s < Samples; ++s) sum[m][s] = f(sum[m][s], m * unit + s * kNetworks);
        }
      };
      const auto begin = [&](const auto& first) HWY_ATTR {
        SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
          const V x = first(m);
          SHOAL_UNROLL for (int s = 0; s < Samples; ++s) sum[m][s] = x;
        }
      };
      if (p.bias != nullptr) begin([&](int m) HWY_ATTR { return hn::Load(F(), bias + m * a_row); });
      else begin([&](int) HWY_ATTR { return zero; });
      const float* a = a0;
      for (const float* b = b0; b != end + tile * Samples * kNetworks; a += a_depth, b += unit) {
        V left[Rows];
        const float* row = a;
        SHOAL_UNROLL for (int m = 0; m < Rows; ++m, row += a_row) left[m] = in_register(hn::Load(F(), row));
        SHOAL_UNROLL for (int s = 0; s < Samples; ++s) {
          const V right = in_register(hn::Load(F(), b + s * kNetworks));
          SHOAL_UNROLL for (int m = 0; m < Rows; ++m) sum[m][s] = hn::MulAdd(left[m], right, sum[m][s]);
        }
      }
      if (p.finish == Finish::relu) {  // gives x where x is NaN, as DenseNetwork's products do
        each([zero](V x, std::int64_t) HWY_ATTR { return hn::Max(zero, x); });
      } else if (p.finish == Finish::mask) {
        each([&](V x, std::int64_t at) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(hn::Load(F(), mask + at), zero), x); });
      }
      each([&](V x, std::int64_t at) HWY_ATTR {
        hn::Store(x, F(), c + at);
        return x;
      });
      b0 += Samples * kNetworks, c += Samples * kNetworks, mask += Samples * kNetworks;
    }
  }
}

using ProductTiles = void (*)(const Product&, std::int64_t, std::int64_t, std::int64_t);

template <int Rows, int Samples>
constexpr ProductTiles product_tiles_function() {
  if constexpr (Rows <= kMostRows && Samples <= most_samples(Rows)) {
    return product_tiles<Rows, Samples>;
  } else {
    return nullptr;
  }
}

#define SHOAL_TILES(samples)                                                                                        \
  {product_tiles_function<1, samples>(), product_tiles_function<2, samples>(), product_tiles_function<3, samples>(), \
   product_tiles_function<4, samples>(), product_tiles_function<5, samples>(), product_tiles_function<6, samples>()}
constexpr ProductTiles kProductTiles[8][6] = {SHOAL_TILES(1), SHOAL_TILES(2), SHOAL_TILES(3), SHOAL_TILES(4),
                                             SHOAL_TILES(5), SHOAL_TILES(6), SHOAL_TILES(7), SHOAL_TILES(8)};
#undef SHOAL_TILES

void multiply(const Product& p, std::int64_t n_samples) {
  for (std::int64_t m = 0; m < p.rows;) {
    const std::int64_t left = p.rows - m;
    const std::int64_t rows = left <= kMostRows ? left : sk::first_piece(left, kMostRows < 4 ? kMostRows : 4);
    const std::int64_t most = most_samples(static_cast<int>(rows));
    // Tiles of two neighbouring widths that add up.
    const std::int64_t tiles = (n_samples + most - 1) / most, width = n_samples / tiles, wider = n_samples % tiles;
    if (wider > 0) kProductTiles[width][rows - 1](p, m, 0, wider);
    kProductTiles[width - 1][rows - 1](p, m, wider * (width + 1), tiles - wider);
    m += rows;
  }
}

void Forward(const Step& step) {
  const std::int64_t lanes = step.n_samples * kNetworks, unit = step.unit;
  for (const Layer& l : *step.layers) {
    const float* weights = step.weights + l.offset;
    multiply({l.n_outputs, l.n_inputs, weights, l.row() * kNetworks, kNetworks, l.input, l.output, unit,
              weights + l.n_inputs * kNetworks, l.relu ? Finish::relu : Finish::none, nullptr},
             step.n_samples);
    if (l.activation == nullptr || l.relu) continue;
    if (l.sums != nullptr) std::memcpy(l.sums, l.output, static_cast<std::size_t>(l.n_outputs * unit) * sizeof(float));
    l.activation->forward({l.output, l.n_outputs, unit, lanes}, l.constant);
  }
}

// sums[m][n] of each logical lane: of delta[m] input[n] over the samples of its chunks, then up the tree.
struct Gradient {
  std::int64_t columns;
  const float* delta;
  const float* input;
  std::int64_t unit, offset;
  const Chunk* chunks;
  int n_chunks;
  const Sums* sums;
};

inline constexpr int kMostSums = kVector == 16 ? 25 : 9;
inline constexpr int kMostColumns = kVector == 16 ? 6 : 4;

template <int Rows, int Columns>
HWY_NOINLINE void gradient_tile(const Gradient& g, std::int64_t m0, std::int64_t n0) {
  const std::int64_t unit = g.unit;
  alignas(64) float near[4][Rows * Columns * kVector];
  for (std::int64_t part = 0; part < kNetworks; part += kVector) {
    V sum[Rows][Columns];
    // f(sum, place in arrays like the weights, place in a node nearby)
    const auto each = [&](const auto& f) HWY_ATTR {
      SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
        SHOAL_UNROLL for (int n = 0; n < Columns; ++n) {
          sum[m][n] = f(sum[m][n], (m * g.columns + n) * kNetworks, (m * Columns + n) * kVector);
        }
      }
    };
    const auto add = [&](const float* node) HWY_ATTR {
      each([&](V x, std::int64_t at, std::int64_t) HWY_ATTR { return hn::Add(hn::Load(F(), node + at), x); });
    };
    const auto store = [&](float* to) HWY_ATTR {
      each([&](V x, std::int64_t at, std::int64_t) HWY_ATTR {
        hn::Store(x, F(), to + at);
        return x;
      });
    };
    const std::int64_t place = g.offset + (m0 * g.columns + n0) * kNetworks + part;
    if (!g.chunks[0].begins) {
      const float* from = g.sums->running + place;
      each([&](V, std::int64_t at, std::int64_t) HWY_ATTR { return hn::Load(F(), from + at); });
    }
    const float* delta = g.delta + m0 * unit + part;
    const float* input = g.input + n0 * unit + part;
    for (const Chunk* chunk = g.chunks; chunk < g.chunks + g.n_chunks; ++chunk) {
      if (chunk->begins) each([](V, std::int64_t, std::int64_t) HWY_ATTR { return hn::Zero(F()); });
      for (int s = 0; s < chunk->count; ++s, delta += kNetworks, input += kNetworks) {
        V x[Columns];
        SHOAL_UNROLL for (int n = 0; n < Columns; ++n) x[n] = in_register(hn::Load(F(), input + n * unit));
        SHOAL_UNROLL for (int m = 0; m < Rows; ++m) {
          const V y = in_register(hn::Load(F(), delta + m * unit));
          SHOAL_UNROLL for (int n = 0; n < Columns; ++n) sum[m][n] = hn::MulAdd(y, x[n], sum[m][n]);
        }
      }
      if (!chunk->ends) continue;
      int level = 0;
      for (; level < chunk->near_levels; ++level) {
        each([&](V x, std::int64_t, std::int64_t at) HWY_ATTR { return hn::Add(hn::Load(F(), near[level] + at), x); });
      }
      for (; level < chunk->level; ++level) add(g.sums->levels[static_cast<std::size_t>(level)] + place);
      if (!chunk->stays) {
        store(g.sums->levels[static_cast<std::size_t>(level)] + place);
      } else {
        each([&](V x, std::int64_t, std::int64_t at) HWY_ATTR {
          hn::Store(x, F(), near[level] + at);
          return x;
        });
      }
    }
    if (!g.chunks[g.n_chunks - 1].ends) store(g.sums->running + place);
  }
}

using GradientTile = void (*)(const Gradient&, std::int64_t, std::int64_t);

template <int Rows, int Columns>
constexpr GradientTile gradient_tile_function() {
  if constexpr (Rows * Columns <= kMostSums && Columns <= kMostColumns) {
    return gradient_tile<Rows, Columns>;
  } else {
    return nullptr;
  }
}

#define SHOAL_TILES(columns)                                                                                             \
  {gradient_tile_function<1, columns>(), gradient_tile_function<2, columns>(), gradient_tile_function<3, columns>(), \
   gradient_tile_function<4, columns>(), gradient_tile_function<5, columns>(), gradient_tile_function<6, columns>()}
constexpr GradientTile kGradientTiles[6][6] = {SHOAL_TILES(1), SHOAL_TILES(2), SHOAL_TILES(3),
                                                       SHOAL_TILES(4), SHOAL_TILES(5), SHOAL_TILES(6)};
#undef SHOAL_TILES

void weight_gradient(const Gradient& g, std::int64_t n_outputs) {
  for (std::int64_t n = 0; n < g.columns;) {
    const std::int64_t columns = sk::first_piece(g.columns - n, kMostColumns);
    const std::int64_t most = kMostSums / columns < 6 ? kMostSums / columns : 6;
    for (std::int64_t m = 0; m < n_outputs;) {
      const std::int64_t rows = sk::first_piece(n_outputs - m, most);
      kGradientTiles[columns - 1][rows - 1](g, m, n);
      m += rows;
    }
    n += columns;
  }
}

void Backward(const Step& step, const Chunk* chunks, int n_chunks, const Sums& sums) {
  const std::vector<Layer>& layers = *step.layers;
  const std::int64_t lanes = step.n_samples * kNetworks, unit = step.unit;
  const Layer& last = layers.back();
  if (last.activation != nullptr && last.activation->backward != nullptr) {
    const float* values = last.sums != nullptr ? last.sums : last.output;
    last.activation->backward({last.delta, last.n_outputs, unit, lanes}, values, last.constant);
  }
  for (std::size_t i = layers.size(); i-- > 0;) {
    const Layer& l = layers[i];
    weight_gradient({l.row(), l.delta, l.input, unit, l.offset, chunks, n_chunks, &sums}, l.n_outputs);
    if (i == 0) continue;
    const Layer& below = layers[i - 1];
    multiply({l.n_inputs, l.n_outputs, step.weights + l.offset, kNetworks, l.row() * kNetworks, l.delta, below.delta, unit,
              nullptr, below.relu ? Finish::mask : Finish::none, below.output},
             step.n_samples);
    if (below.relu || below.activation == nullptr || below.activation->backward == nullptr) continue;
    below.activation->backward({below.delta, below.n_outputs, unit, lanes}, below.sums != nullptr ? below.sums : below.output,
                               below.constant);
  }
}

void Interleave(const std::uint32_t* rows, std::int64_t stride, std::uint32_t* out) {
  const hn::FixedTag<std::uint32_t, 4> d;
  const hn::FixedTag<std::uint64_t, 2> d2;
  for (std::int64_t s = 0; s < stride; s += 4) {
    for (std::int64_t m = 0; m < kNetworks; m += 4) {
      const std::uint32_t* from = rows + m * stride + s;
      const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + stride);
      const auto c = hn::LoadU(d, from + 2 * stride), e = hn::LoadU(d, from + 3 * stride);
      const auto ab_low = hn::BitCast(d2, hn::InterleaveLower(d, a, b)), ab_high = hn::BitCast(d2, hn::InterleaveUpper(d, a, b));
      const auto ce_low = hn::BitCast(d2, hn::InterleaveLower(d, c, e)), ce_high = hn::BitCast(d2, hn::InterleaveUpper(d, c, e));
      std::uint32_t* to = out + s * kNetworks + m;
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d2, ab_low, ce_low)), d, to);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d2, ab_low, ce_low)), d, to + kNetworks);
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d2, ab_high, ce_high)), d, to + 2 * kNetworks);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d2, ab_high, ce_high)), d, to + 3 * kNetworks);
    }
  }
}

}  // namespace shoal::nn::lanes::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::nn::lanes {
HWY_EXPORT(Forward);
HWY_EXPORT(Backward);
HWY_EXPORT(Interleave);

void forward(const Step& step) { HWY_DYNAMIC_DISPATCH(Forward)(step); }

void backward(const Step& step, const Chunk* chunks, int n_chunks, const Sums& sums) {
  HWY_DYNAMIC_DISPATCH(Backward)(step, chunks, n_chunks, sums);
}

void interleave(const std::uint32_t* rows, std::int64_t stride, std::uint32_t* out) {
  HWY_DYNAMIC_DISPATCH(Interleave)(rows, stride, out);
}
}  // namespace shoal::nn::lanes
#endif
