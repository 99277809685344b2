// SPDX-License-Identifier: Apache-2.0
// Products of small layers as lists of tiles whose kernels are chosen and whose addresses are known: a network computes the
// same ones in every batch, and a tile has so little arithmetic that finding it anew would take as long.
// The same sums in the same order as product() and lane_products(), hence the same bits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "shoal/kernels/lane_sums.hpp"
#include "shoal/kernels/product.hpp"

namespace shoal::kernels {

// Of a product: a few rows and vectors of C; a = A, b = B. Of lane products: a few rows of each; a = left, b = right, c = sums,
// depth = steps of 16 lanes. Strides in bytes.
struct Tile {
  void (*compute)(const Tile&) = nullptr;
  const float *a = nullptr, *b = nullptr, *bias = nullptr, *mask = nullptr;
  float* c = nullptr;
  std::int64_t depth = 0;
  std::int64_t a_row = 0, a_depth = 0, b_stride = 0, c_stride = 0;
};

// Appends the tiles of product(p), for the SIMD target in use. Requires depth >= 1, lanes a multiple of 16, start zero or
// bias, bias_stride = a_row if bias, finish none or as start allows it: relu after bias, mask after zero.
void plan_product(const Product& p, std::vector<Tile>& tiles);

// Appends the tiles of lane_products() for all lanes of the batch.
void plan_lane_products(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns, std::int64_t lanes,
                        float* sums, std::vector<Tile>& tiles);

// Appends a tile that sets n floats to 0.
void plan_zeros(float* to, std::int64_t n, std::vector<Tile>& tiles);

inline void compute_tiles(std::span<const Tile> tiles) {
  for (const Tile& tile : tiles) tile.compute(tile);
}

}  // namespace shoal::kernels
