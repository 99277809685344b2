// SPDX-License-Identifier: Apache-2.0
// The matrix product of dense layers, forward and backward: small register tiles, vectors along the lanes of C.
#pragma once

#include <cstdint>

namespace shoal::kernels {

// What the sum of an element of C begins with, and what is done to it before it is stored.
enum class Start : std::int8_t { zero, bias, add };         // 0, bias[m * bias_stride], C[m][j] itself
enum class Finish : std::int8_t { none, relu, mask };       // nothing, max(0, x), x where mask[m][j] > 0 and 0 elsewhere

// C[m][j] = finish(start + A(m,0) B[0][j] + A(m,1) B[1][j] + ...): one chain of fused multiply-adds in the order of k, so
// each element has the same bits whatever the tiles and the width of vectors. relu keeps NaN and -0.
//   m in [0, rows), k in [0, depth), j in [0, lanes);  A(m,k) = a[m * a_row + k * a_depth]
//   rows of B hold readable floats up to the next multiple of 16; C is written in [0, lanes) only
// C overlaps neither A nor B.
struct Product {
  std::int64_t rows = 0, depth = 0, lanes = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_depth = 1;
  const float* b = nullptr;
  std::int64_t b_stride = 0;
  float* c = nullptr;
  std::int64_t c_stride = 0;
  Start start = Start::zero;
  const float* bias = nullptr;
  std::int64_t bias_stride = 0;
  Finish finish = Finish::none;
  const float* mask = nullptr;  // row stride c_stride
};

void product(const Product&);
void product_reference(const Product&);  // the same bits, one number at a time

}  // namespace shoal::kernels
