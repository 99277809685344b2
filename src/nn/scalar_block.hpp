// SPDX-License-Identifier: Apache-2.0
// Loops over a block, one number at a time: what the references are made of.
#pragma once

#include "nn/block.hpp"

namespace shoal::nn {

template <class Function>
void map_scalars(const Block& x, const Function& f) {
  for (std::int64_t r = 0; r < x.rows; ++r) {
    for (std::int64_t j = 0; j < x.lanes; ++j) x.row(r)[j] = f(x.row(r)[j]);
  }
}

template <class Function>
void map_scalars(const Block& x, const float* y, const Function& f) {
  for (std::int64_t r = 0; r < x.rows; ++r) {
    for (std::int64_t j = 0; j < x.lanes; ++j) x.row(r)[j] = f(x.row(r)[j], y[r * x.stride + j]);
  }
}

}  // namespace shoal::nn
