// SPDX-License-Identifier: Apache-2.0
// Tiles of 4 x 4 numbers: 4 loads, 8 shuffles, 4 stores; when samples are gathered, one tile in each 128-bit block.
#include "shoal/kernels/transpose.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transpose.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/transpose_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F4 = hn::FixedTag<float, 4>;
using V4 = hn::Vec<F4>;

// Four numbers from each of four places, one place in each block of 128 bits (AVX2: two places, twice).
using F = hn::CappedTag<float, 16>;
using V = hn::Vec<F>;
inline constexpr std::int64_t kBlocks = static_cast<std::int64_t>(hn::MaxLanes(F())) / 4;

// Signed on the way, since GCC 12 sends unsigned indices through a vector register (measured: 20 % of the gather).
HWY_INLINE std::int64_t place(std::uint32_t index, std::int64_t record) {
  return static_cast<std::int64_t>(static_cast<std::int32_t>(index)) * record;
}

template <class Load>
HWY_INLINE V load_blocks(const float* records, std::int64_t record, const std::uint32_t* index, const Load& load) {
  const hn::CappedTag<float, 8> d8;
  const auto pair = [&](int block) HWY_ATTR {
    const V4 low = load(records + place(index[4 * block], record));
    const V4 high = load(records + place(index[4 * block + 4], record));
    return hn::Combine(d8, high, low);
  };
#if HWY_TARGET <= HWY_AVX3
  return hn::Combine(F(), pair(2), pair(0));
#else
  return pair(0);
#endif
}

// Features f .. f + n - 1 of 4 x kBlocks samples: block b of vector i holds sample 4 b + i, and after the transposition
// vector f holds feature f of all samples in order.
template <class Load>
HWY_INLINE void gather_group(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t n,
                             float* out, std::int64_t stride, const Load& load) {
  V a = load_blocks(records, record, index, load), b = load_blocks(records, record, index + 1, load);
  V c = load_blocks(records, record, index + 2, load), d = load_blocks(records, record, index + 3, load);
  transpose_tiles(a, b, c, d);
  hn::StoreU(a, F(), out);
  if (n > 1) hn::StoreU(b, F(), out + stride);
  if (n > 2) hn::StoreU(c, F(), out + 2 * stride);
  if (n > 3) hn::StoreU(d, F(), out + 3 * stride);
}

HWY_INLINE void gather_all(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                           std::int64_t n_features, float* out, std::int64_t out_stride) {
  const auto rest = hn::FirstN(F4(), static_cast<std::size_t>(n_features % 4));
  for (std::int64_t j = 0; j < lanes; j += 4 * kBlocks) {
    std::int64_t f = 0;
    for (; f + 4 <= n_features; f += 4) {
      gather_group(records + f, record, index + j, 4, out + f * out_stride + j, out_stride,
                   [](const float* from) HWY_ATTR { return hn::LoadU(F4(), from); });
    }
    if (f < n_features && record % 4 == 0) {
      gather_group(records + f, record, index + j, n_features - f, out + f * out_stride + j, out_stride,
                   [](const float* from) HWY_ATTR { return hn::LoadU(F4(), from); });
    } else if (f < n_features) {
      gather_group(records + f, record, index + j, n_features - f, out + f * out_stride + j, out_stride,
                   [rest](const float* from) HWY_ATTR { return hn::MaskedLoad(rest, F4(), from); });
    }
  }
}

void GatherLanes(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                 std::int64_t n_features, float* out, std::int64_t out_stride) {
  // Few inputs and targets side by side: a shift instead of a multiplication for each sample.
  if (record == 8) return gather_all(records, 8, index, lanes, n_features, out, out_stride);
  gather_all(records, record, index, lanes, n_features, out, out_stride);
}

// The record of a lane; AVX-512: that of the fourth lane after it in the upper half.
HWY_INLINE V load_records(const float* records, const std::uint32_t* index) {
  const hn::CappedTag<float, 8> d8;
  const auto low = hn::LoadU(d8, records + place(index[0], 8));
#if HWY_TARGET <= HWY_AVX3
  return hn::Combine(F(), hn::LoadU(d8, records + place(index[4], 8)), low);
#else
  return low;
#endif
}

// Of blocks of 128 bits: the even ones of a, then those of b; the odd ones.
HWY_INLINE V even_blocks(V a, V b) {
#if HWY_TARGET <= HWY_AVX3
  return V{_mm512_shuffle_f32x4(a.raw, b.raw, 0x88)};
#else
  return hn::ConcatLowerLower(F(), b, a);
#endif
}

HWY_INLINE V odd_blocks(V a, V b) {
#if HWY_TARGET <= HWY_AVX3
  return V{_mm512_shuffle_f32x4(a.raw, b.raw, 0xdd)};
#else
  return hn::ConcatUpperUpper(F(), b, a);
#endif
}

void GatherLanesOf8(const float* records, const std::uint32_t* index, std::int64_t lanes, std::int64_t n_first, float* first,
                    std::int64_t n_second, float* second, std::int64_t out_stride) {
  for (std::int64_t j = 0; j < lanes; j += 4 * kBlocks) {
    const std::uint32_t* i = index + j;
    const std::uint32_t* k = i + 2 * kBlocks;
    V a[4] = {load_records(records, i), load_records(records, i + 1), load_records(records, i + 2), load_records(records, i + 3)};
    V b[4] = {load_records(records, k), load_records(records, k + 1), load_records(records, k + 2), load_records(records, k + 3)};
    // After this the even blocks of a[f] hold feature f of the first half of the lanes, the odd ones feature 4 + f; of b, the
    // second half.
    transpose_tiles(a[0], a[1], a[2], a[3]);
    transpose_tiles(b[0], b[1], b[2], b[3]);
    const auto store = [&](int f) HWY_ATTR {
      if (f < n_first) hn::StoreU(even_blocks(a[f], b[f]), F(), first + f * out_stride + j);
      if (f < n_second) hn::StoreU(odd_blocks(a[f], b[f]), F(), second + f * out_stride + j);
    };
    store(0), store(1), store(2), store(3);
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
      transpose_tiles(a, b, c, d);
      float* to = out + j * out_stride + r;
      hn::StoreU(a, F4(), to);
      hn::StoreU(b, F4(), to + out_stride);
      hn::StoreU(c, F4(), to + 2 * out_stride);
      hn::StoreU(d, F4(), to + 3 * out_stride);
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
HWY_EXPORT(GatherLanesOf8);
HWY_EXPORT(Transpose);

void gather_lanes(const float* records, std::int64_t record, const std::uint32_t* index, std::int64_t lanes,
                  std::int64_t n_features, float* out, std::int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(GatherLanes)(records, record, index, lanes, n_features, out, out_stride);
}

void gather_lanes_of_8(const float* records, const std::uint32_t* index, std::int64_t lanes, std::int64_t n_first, float* first,
                       std::int64_t n_second, float* second, std::int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(GatherLanesOf8)(records, index, lanes, n_first, first, n_second, second, out_stride);
}

void transpose(const float* in, std::int64_t in_stride, std::int64_t rows, std::int64_t lanes, float* out,
               std::int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(Transpose)(in, in_stride, rows, lanes, out, out_stride);
}
}  // namespace shoal::kernels
#endif
