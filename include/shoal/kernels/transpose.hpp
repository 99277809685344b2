// SPDX-License-Identifier: Apache-2.0
// Between rows of samples and rows of lanes.
#pragma once

#include <cstdint>

namespace shoal::kernels {

// out[f * out_stride + j] = records[index[j] * record + f] for f in [0, n_features), j in [0, lanes).
// lanes: a multiple of 16; indices below 2^31. If `record` is a multiple of 4, floats up to n_features rounded up to 4 must be readable in each
// record (which is faster); otherwise only the features themselves are read.
void gather_lanes(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                  std::int64_t n_features, float* out, std::int64_t out_stride);
void gather_lanes_reference(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                            std::int64_t n_features, float* out, std::int64_t out_stride);

// Both halves of records of 8 floats at once: first[f * out_stride + j] = records[index[j] * 8 + f] for f in [0, n_first),
// second[f * out_stride + j] = records[index[j] * 8 + 4 + f] for f in [0, n_second); 1 to 4 of each.
void gather_lanes_of_8(const float* records, const std::uint32_t* index, std::int64_t lanes, std::int64_t n_first, float* first,
                       std::int64_t n_second, float* second, std::int64_t out_stride);

// out[j * out_stride + r] = in[r * in_stride + j] for r in [0, rows), j in [0, lanes); lanes: a multiple of 16.
void transpose(const float* in, std::int64_t in_stride, std::int64_t rows, std::int64_t lanes, float* out,
               std::int64_t out_stride);
void transpose_reference(const float* in, std::int64_t in_stride, std::int64_t rows, std::int64_t lanes, float* out,
                         std::int64_t out_stride);

}  // namespace shoal::kernels
