// SPDX-License-Identifier: Apache-2.0
// A few samples side by side: row r (a feature, a unit of a layer) holds one number a sample.
#pragma once

#include <cstdint>

namespace shoal::nn {

struct Block {
  float* values = nullptr;
  std::int64_t rows = 0;
  std::int64_t stride = 0;  // floats from row to row
  std::int64_t lanes = 0;   // in use, a multiple of 16; those beyond the samples repeat the last sample

  float* row(std::int64_t r) const { return values + r * stride; }
};

}  // namespace shoal::nn
