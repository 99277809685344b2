// SPDX-License-Identifier: Apache-2.0
// Blocks of random numbers, compiled for each target and chosen at run time.
//
// All kernels have one form: Philox gives Lanes draws, which become one or two vectors of values in the order
// of their addresses. The rest of an array that does not fill a block is computed into a buffer.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "random/fill_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "random/distributions-inl.h"
#include "random/philox-inl.h"
#include "shoal/random/distributions.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::random::HWY_NAMESPACE {

// Calls store(halves, place) for every block of 2 * Lanes 64-bit values, `T` being what `PerHalf` of them
// make of a half.
template <typename T, std::size_t PerHalf, class Store>
HWY_INLINE void fill(std::uint64_t key, std::uint64_t task, std::uint64_t draw, T* out, std::size_t n,
                     Store store) {
  constexpr std::size_t block = 2 * PerHalf * hn::MaxLanes(Lanes64());
  Philox philox(key, task, draw);
  std::size_t i = 0;
  for (; i + block <= n; i += block) store(philox.next(), out + i);
  if (i == n) return;
  HWY_ALIGN T rest[block];
  store(philox.next(), rest);
  std::copy_n(rest, n - i, out + i);
}

struct StoreBits {
  HWY_INLINE void operator()(Halves halves, std::uint64_t* out) const { store_in_order(halves, out); }
};

struct StoreUniform {
  HWY_INLINE void operator()(Halves halves, double* out) const {
    const Lanes64 du;
    hn::StoreInterleaved2(uniform_of(du, halves.first), uniform_of(du, halves.second),
                          hn::RebindToFloat<Lanes64>(), out);
  }
};

struct StoreUniformPositive {
  HWY_INLINE void operator()(Halves halves, double* out) const {
    const Lanes64 du;
    hn::StoreInterleaved2(uniform_positive_of(du, halves.first), uniform_positive_of(du, halves.second),
                          hn::RebindToFloat<Lanes64>(), out);
  }
};

struct StoreNormal {
  HWY_INLINE void operator()(Halves halves, double* out) const {
    const Lanes64 du;
    const hn::RebindToFloat<Lanes64> d;
    hn::Vec<decltype(d)> first, second;
    box_muller(d, uniform_positive_of(du, halves.first), uniform_of(du, halves.second), first, second);
    hn::StoreInterleaved2(first, second, d, out);
  }
};

using Lanes32 = hn::RepartitionToNarrow<Lanes64>;

// The words of the halves in the order of their addresses, as two vectors.
HWY_INLINE void words_in_order(Halves halves, hn::Vec<Lanes32>& lower, hn::Vec<Lanes32>& upper) {
  HWY_ALIGN std::uint64_t ordered[2 * hn::MaxLanes(Lanes64())];
  store_in_order(halves, ordered);
  lower = hn::BitCast(Lanes32(), hn::Load(Lanes64(), ordered));
  upper = hn::BitCast(Lanes32(), hn::Load(Lanes64(), ordered + hn::Lanes(Lanes64())));
}

struct StoreUniformF32 {
  HWY_INLINE void operator()(Halves halves, float* out) const {
    const hn::RebindToFloat<Lanes32> d;
    hn::Vec<Lanes32> lower, upper;
    words_in_order(halves, lower, upper);
    hn::StoreU(uniform_f32_of(Lanes32(), lower), d, out);
    hn::StoreU(uniform_f32_of(Lanes32(), upper), d, out + hn::Lanes(d));
  }
};

// Words 0 and 1 of a draw sit in the first half, words 2 and 3 in the second; so do the normals made from
// them. Their pairs are joined to 64 bits again, so that the halves are stored in order as any others.
struct StoreNormalF32 {
  HWY_INLINE void operator()(Halves halves, float* out) const {
    const Lanes32 du;
    const hn::RebindToFloat<Lanes32> d;
    // Even lanes: the radius words of both halves; odd lanes of no use are avoided by packing the two halves
    // together.
    const auto first = hn::BitCast(du, halves.first), second = hn::BitCast(du, halves.second);
    const auto u_words = hn::OddEven(hn::BitCast(du, hn::ShiftLeft<32>(halves.second)), first);
    const auto v_words = hn::OddEven(second, hn::BitCast(du, hn::ShiftRight<32>(halves.first)));
    hn::Vec<decltype(d)> cosine, sine;
    box_muller(d, uniform_f32_positive_of(du, u_words), uniform_f32_of(du, v_words), cosine, sine);
    const auto c = hn::BitCast(Lanes64(), cosine), s = hn::BitCast(Lanes64(), sine);
    const auto first_pair = hn::OddEven(hn::BitCast(du, hn::ShiftLeft<32>(s)), hn::BitCast(du, c));
    const auto second_pair = hn::OddEven(hn::BitCast(du, s), hn::BitCast(du, hn::ShiftRight<32>(c)));
    HWY_ALIGN float ordered[2 * hn::MaxLanes(d)];
    const Lanes64 d64;
    hn::StoreInterleaved2(hn::BitCast(d64, first_pair), hn::BitCast(d64, second_pair), d64,
                          reinterpret_cast<std::uint64_t*>(ordered));
    std::copy_n(ordered, 2 * hn::Lanes(d), out);
  }
};

void bits_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, std::uint64_t* out,
                 std::size_t n) {
  fill<std::uint64_t, 1>(key, task, draw, out, n, StoreBits());
}

void uniform_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, double* out, std::size_t n) {
  fill<double, 1>(key, task, draw, out, n, StoreUniform());
}

void uniform_positive_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, double* out,
                             std::size_t n) {
  fill<double, 1>(key, task, draw, out, n, StoreUniformPositive());
}

void normal_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, double* out, std::size_t n) {
  fill<double, 1>(key, task, draw, out, n, StoreNormal());
}

void uniform_f32_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, float* out,
                        std::size_t n) {
  fill<float, 2>(key, task, draw, out, n, StoreUniformF32());
}

void normal_f32_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, float* out, std::size_t n) {
  fill<float, 2>(key, task, draw, out, n, StoreNormalF32());
}

// Eight logical lanes: element i is added to sum i % 8. A block of L draws holds the elements of L/4 rounds
// of the eight; storing them in order keeps the meaning of a lane the same on every target.
double sum_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, std::size_t n) {
  HWY_ALIGN double sums[8] = {};
  HWY_ALIGN double block[512];
  for (std::size_t begin = 0; begin < n; begin += 512) {
    const std::size_t count = std::min<std::size_t>(512, n - begin);
    uniform_kernel(key, task, draw + begin / 2, block, count);
    std::fill(block + count, block + (count + 7) / 8 * 8, 0.0);
    const hn::CappedTag<double, 8> d;
    for (std::size_t lane = 0; lane < 8; lane += hn::Lanes(d)) {
      auto sum = hn::Load(d, sums + lane);
      for (std::size_t i = lane; i < count; i += 8) sum = hn::Add(sum, hn::Load(d, block + i));
      hn::Store(sum, d, sums + lane);
    }
  }
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

}  // namespace shoal::random::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::random {

HWY_EXPORT(bits_kernel);
HWY_EXPORT(uniform_kernel);
HWY_EXPORT(uniform_positive_kernel);
HWY_EXPORT(uniform_f32_kernel);
HWY_EXPORT(normal_kernel);
HWY_EXPORT(normal_f32_kernel);
HWY_EXPORT(sum_kernel);

void fill_bits(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<std::uint64_t> out) {
  HWY_DYNAMIC_DISPATCH(bits_kernel)(stream.key(), task, draw, out.data(), out.size());
}

void fill_uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out) {
  HWY_DYNAMIC_DISPATCH(uniform_kernel)(stream.key(), task, draw, out.data(), out.size());
}

void fill_uniform_positive(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                           std::span<double> out) {
  HWY_DYNAMIC_DISPATCH(uniform_positive_kernel)(stream.key(), task, draw, out.data(), out.size());
}

void fill_uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(uniform_f32_kernel)(stream.key(), task, draw, out.data(), out.size());
}

void fill_normal(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out) {
  HWY_DYNAMIC_DISPATCH(normal_kernel)(stream.key(), task, draw, out.data(), out.size());
}

void fill_normal(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(normal_f32_kernel)(stream.key(), task, draw, out.data(), out.size());
}

double sum_uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(sum_kernel)(stream.key(), task, draw, n);
}

}  // namespace shoal::random
#endif
