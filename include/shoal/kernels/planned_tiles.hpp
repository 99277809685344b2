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

// A few rows and vectors of C in a product.
struct ProductTile {
  void (*compute)(const ProductTile&) = nullptr;
  const float *a = nullptr, *b = nullptr, *bias = nullptr, *mask = nullptr;
  float* c = nullptr;
  std::int64_t depth = 0;
  std::int64_t a_row = 0, a_depth = 0, b_stride = 0, c_stride = 0;  // in bytes
};

// A few rows of lane products.
struct LaneTile {
  void (*compute)(const LaneTile&) = nullptr;
  const float *left = nullptr, *right = nullptr;  // the first of its rows each
  float* sums = nullptr;
  std::int64_t steps = 0;                                             // of 16 lanes
  std::int64_t left_stride = 0, right_stride = 0, sums_stride = 0;  // in bytes
};

// Appends the tiles of product(p), for the SIMD target in use. Requires depth >= 1, lanes a multiple of 16, start zero or
// bias, bias_stride = a_row if bias, finish none or as start allows it: relu after bias, mask after zero.
void plan_product(const Product& p, std::vector<ProductTile>& tiles);

// Appends the tiles of lane_products(), for batches of one block: lanes in [16, kBlockLanes].
void plan_lane_products(const Blocked& left, std::int64_t rows, const Blocked& right, std::int64_t columns, std::int64_t lanes,
                        float* sums, std::vector<LaneTile>& tiles);

template <class Tile>
void compute_tiles(const std::vector<Tile>& tiles) {
  for (const Tile& tile : tiles) tile.compute(tile);
}

}  // namespace shoal::kernels
