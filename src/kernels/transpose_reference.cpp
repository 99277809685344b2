// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/transpose.hpp"

namespace shoal::kernels {

void gather_lanes_reference(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                            std::int64_t n_features, float* out, std::int64_t out_stride) {
  for (std::int64_t f = 0; f < n_features; ++f) {
    for (std::int64_t j = 0; j < lanes; ++j) out[f * out_stride + j] = records[index[j] * record + f];
  }
}

void transpose_reference(const float* in, std::int64_t in_stride, std::int64_t rows, std::int64_t lanes, float* out,
                         std::int64_t out_stride) {
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t j = 0; j < lanes; ++j) out[j * out_stride + r] = in[r * in_stride + j];
  }
}

}  // namespace shoal::kernels
