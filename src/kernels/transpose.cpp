// SPDX-License-Identifier: Apache-2.0
// Tiles of 4 x 4 numbers in 128-bit registers: 4 loads, 8 shuffles, 4 stores.
#include "shoal/kernels/transpose.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transpose.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F4 = hn::FixedTag<float, 4>;
using V4 = hn::Vec<F4>;

// Rows to columns, in place.
HWY_INLINE void transpose_tile(V4& a, V4& b, V4& c, V4& d) {
  const hn::Repartition<double, F4> d2;
  const auto ab_low = hn::BitCast(d2, hn::InterleaveLower(F4(), a, b));  // a0 b0 a1 b1
  const auto ab_high = hn::BitCast(d2, hn::InterleaveUpper(F4(), a, b));
  const auto cd_low = hn::BitCast(d2, hn::InterleaveLower(F4(), c, d));
  const auto cd_high = hn::BitCast(d2, hn::InterleaveUpper(F4(), c, d));
  a = hn::BitCast(F4(), hn::InterleaveLower(d2, ab_low, cd_low));
  b = hn::BitCast(F4(), hn::InterleaveUpper(d2, ab_low, cd_low));
  c = hn::BitCast(F4(), hn::InterleaveLower(d2, ab_high, cd_high));
  d = hn::BitCast(F4(), hn::InterleaveUpper(d2, ab_high, cd_high));
}

// The first n of four vectors go to rows of `to`.
HWY_INLINE void store_rows(std::int64_t n, float* to, std::int64_t stride, V4 a, V4 b, V4 c, V4 d) {
  hn::StoreU(a, F4(), to);
  if (n > 1) hn::StoreU(b, F4(), to + stride);
  if (n > 2) hn::StoreU(c, F4(), to + 2 * stride);
  if (n > 3) hn::StoreU(d, F4(), to + 3 * stride);
}

void GatherLanes(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                 std::int64_t n_features, float* out, std::int64_t out_stride) {
  const auto rest = hn::FirstN(F4(), static_cast<std::size_t>(n_features % 4));
  for (std::int64_t j = 0; j < lanes; j += 4) {
    const float* s0 = records + index[j] * record;
    const float* s1 = records + index[j + 1] * record;
    const float* s2 = records + index[j + 2] * record;
    const float* s3 = records + index[j + 3] * record;
    std::int64_t f = 0;
    for (; f + 4 <= n_features; f += 4) {
      V4 a = hn::LoadU(F4(), s0 + f), b = hn::LoadU(F4(), s1 + f);
      V4 c = hn::LoadU(F4(), s2 + f), d = hn::LoadU(F4(), s3 + f);
      transpose_tile(a, b, c, d);
      store_rows(4, out + f * out_stride + j, out_stride, a, b, c, d);
    }
    if (f < n_features) {
      V4 a = hn::MaskedLoad(rest, F4(), s0 + f), b = hn::MaskedLoad(rest, F4(), s1 + f);
      V4 c = hn::MaskedLoad(rest, F4(), s2 + f), d = hn::MaskedLoad(rest, F4(), s3 + f);
      transpose_tile(a, b, c, d);
      store_rows(n_features - f, out + f * out_stride + j, out_stride, a, b, c, d);
    }
  }
}

void Transpose(const float* in, std::int64_t in_stride, std::int64_t rows, std::int64_t lanes, float* out,
               std::int64_t out_stride) {
  std::int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float* from = in + r * in_stride;
    for (std::int64_t j = 0; j < lanes; j += 4) {
      V4 a = hn::LoadU(F4(), from + j), b = hn::LoadU(F4(), from + in_stride + j);
      V4 c = hn::LoadU(F4(), from + 2 * in_stride + j), d = hn::LoadU(F4(), from + 3 * in_stride + j);
      transpose_tile(a, b, c, d);
      store_rows(4, out + j * out_stride + r, out_stride, a, b, c, d);
    }
  }
  for (; r < rows; ++r) {
    for (std::int64_t j = 0; j < lanes; ++j) out[j * out_stride + r] = in[r * in_stride + j];
  }
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(GatherLanes);
HWY_EXPORT(Transpose);

void gather_lanes(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                  std::int64_t n_features, float* out, std::int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(GatherLanes)(records, record, index, lanes, n_features, out, out_stride);
}

void transpose(const float* in, std::int64_t in_stride, std::int64_t rows, std::int64_t lanes, float* out,
               std::int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(Transpose)(in, in_stride, rows, lanes, out, out_stride);
}
}  // namespace shoal::kernels
#endif
