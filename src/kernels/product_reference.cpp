// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "shoal/kernels/product.hpp"

namespace shoal::kernels {
namespace {

float start_value(const Product& p, std::int64_t m, std::int64_t j) {
  switch (p.start) {
    case Start::bias: return p.bias[m * p.bias_stride];
    case Start::add: return p.c[m * p.c_stride + j];
    case Start::zero: break;
  }
  return 0.0f;
}

float finished(const Product& p, std::int64_t m, std::int64_t j, float x) {
  switch (p.finish) {
    case Finish::relu: return 0.0f > x ? 0.0f : x;
    case Finish::mask: return p.mask[m * p.c_stride + j] > 0.0f ? x : 0.0f;
    case Finish::none: break;
  }
  return x;
}

}  // namespace

void product_reference(const Product& p) {
  for (std::int64_t m = 0; m < p.rows; ++m) {
    for (std::int64_t j = 0; j < p.lanes; ++j) {
      float sum = start_value(p, m, j);
      for (std::int64_t k = 0; k < p.depth; ++k) {
        sum = std::fma(p.a[m * p.a_row + k * p.a_depth], p.b[k * p.b_stride + j], sum);
      }
      p.c[m * p.c_stride + j] = finished(p, m, j, sum);
    }
  }
}

}  // namespace shoal::kernels
