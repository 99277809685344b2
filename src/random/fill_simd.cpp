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
  Philox philox(key, task, draw, LaneOrder::paired);
  std::size_t i = 0;
  for (; i + kTogether * block <= n; i += kTogether * block) {
    Halves halves[kTogether];
    philox.next(halves);
    for (int v = 0; v < kTogether; ++v) store(halves[v], out + i + static_cast<std::size_t>(v) * block);
  }
  for (; i + block <= n; i += block) store(philox.next(), out + i);
  if (i == n) return;
  HWY_ALIGN T rest[block];
  store(philox.next(), rest);
  std::copy_n(rest, n - i, out + i);
}

struct StoreBits {
  HWY_INLINE void operator()(Halves halves, std::uint64_t* out) const { store_pairs(Lanes64(), halves.first, halves.second, out); }
};

struct StoreUniform {
  HWY_INLINE void operator()(Halves halves, double* out) const {
    const Lanes64 du;
    store_pairs(hn::RebindToFloat<Lanes64>(), uniform_of(du, halves.first), uniform_of(du, halves.second), out);
  }
};

struct StoreUniformPositive {
  HWY_INLINE void operator()(Halves halves, double* out) const {
    const Lanes64 du;
    store_pairs(hn::RebindToFloat<Lanes64>(), uniform_positive_of(du, halves.first), uniform_positive_of(du, halves.second), out);
  }
};

struct StoreExponential {
  HWY_INLINE void operator()(Halves halves, double* out) const {
    const Lanes64 du;
    store_pairs(hn::RebindToFloat<Lanes64>(), exponential_of(du, halves.first), exponential_of(du, halves.second), out);
  }
};

struct StoreNormal {
  HWY_INLINE void operator()(Halves halves, double* out) const {
    const Lanes64 du;
    const hn::RebindToFloat<Lanes64> d;
    hn::Vec<decltype(d)> first, second;
    box_muller(d, uniform_positive_of(du, halves.first), uniform_of(du, halves.second), first, second);
    store_pairs(d, first, second, out);
  }
};

using Lanes32 = hn::RepartitionToNarrow<Lanes64>;

// The words of the halves in the order of their addresses, as two vectors.
HWY_INLINE void words_in_order(Halves halves, hn::Vec<Lanes32>& lower, hn::Vec<Lanes32>& upper) {
  const Lanes64 d;
  lower = hn::BitCast(Lanes32(), hn::InterleaveLower(d, halves.first, halves.second));
  upper = hn::BitCast(Lanes32(), hn::InterleaveUpper(d, halves.first, halves.second));
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
    const Lanes64 d64;
    const auto lower = hn::InterleaveLower(d64, hn::BitCast(d64, first_pair), hn::BitCast(d64, second_pair));
    const auto upper = hn::InterleaveUpper(d64, hn::BitCast(d64, first_pair), hn::BitCast(d64, second_pair));
    hn::StoreU(hn::BitCast(d, lower), d, out);
    hn::StoreU(hn::BitCast(d, upper), d, out + hn::Lanes(d));
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

void exponential_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, double* out, std::size_t n) {
  fill<double, 1>(key, task, draw, out, n, StoreExponential());
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

struct StoreUniform32 {
  HWY_INLINE void operator()(Quarters q, double* out) const {
    const Lanes64 du;
    const hn::RebindToFloat<Lanes64> d;
    const auto unit = hn::Set(d, 0x1p-32);
    const auto place = [](auto a, auto b, double* to) {
      hn::StoreInterleaved2(a, b, hn::RebindToFloat<Lanes64>(), to);
    };
    HWY_ALIGN double even[2 * hn::MaxLanes(d)], odd[2 * hn::MaxLanes(d)];
    place(hn::Mul(number_of_word(du, q.word0), unit), hn::Mul(number_of_word(du, q.word2), unit), even);
    place(hn::Mul(number_of_word(du, q.word1), unit), hn::Mul(number_of_word(du, q.word3), unit), odd);
    place(hn::Load(d, even), hn::Load(d, odd), out);
    place(hn::Load(d, even + hn::Lanes(d)), hn::Load(d, odd + hn::Lanes(d)), out + 2 * hn::Lanes(d));
  }
};

void uniform_32_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, double* out,
                       std::size_t n) {
  constexpr std::size_t block = 4 * hn::MaxLanes(Lanes64());
  Philox philox(key, task, draw);
  const StoreUniform32 store;
  std::size_t i = 0;
  for (; i + block <= n; i += block) store(philox.next_words(), out + i);
  if (i == n) return;
  HWY_ALIGN double rest[block];
  store(philox.next_words(), rest);
  std::copy_n(rest, n - i, out + i);
}

// Sums have eight logical lanes: the elements of draw i, in order, go to sum i % 8. Both kernels add whole
// blocks of eight draws (in one vector or in several) to sums[8] and return how many draws they did.
struct AddUniform {
  template <class V>
  HWY_INLINE void operator()(const Quarters& q, V& sum) const {
    const Lanes64 du;
    const Halves halves = halves_of(q);
    sum = hn::Add(hn::Add(sum, uniform_of(du, halves.first)), uniform_of(du, halves.second));
  }
};

struct AddWords {
  template <class V>
  HWY_INLINE void operator()(const Quarters& q, V& sum) const {
    const Lanes64 du;
    sum = hn::Add(hn::Add(sum, number_of_word(du, q.word0)), number_of_word(du, q.word1));
    sum = hn::Add(hn::Add(sum, number_of_word(du, q.word2)), number_of_word(du, q.word3));
  }
};

template <class AddDraws>
HWY_INLINE void sum_blocks(std::uint64_t key, std::uint64_t task, std::uint64_t draw, std::uint64_t blocks, double* sums, AddDraws add_draws) {
  const hn::RebindToFloat<Lanes64> d;
  constexpr std::size_t lanes = hn::MaxLanes(d);
  constexpr int vectors = 8 / lanes;  // of a block of eight draws
  static_assert(8 % lanes == 0 && lanes >= 4 && kTogether % vectors == 0);
  Philox philox(key, task, draw);
  auto low = hn::LoadU(d, sums), high = hn::LoadU(d, sums + 8 - lanes);
  std::uint64_t i = 0;
  for (; i + kTogether / vectors <= blocks; i += kTogether / vectors) {
    Quarters q[kTogether];
    philox.next_words(q);
    for (int v = 0; v < kTogether; ++v) add_draws(q[v], v % vectors == 0 ? low : high);
  }
  for (; i < blocks; ++i) {
    add_draws(philox.next_words(), low);
    if constexpr (lanes < 8) add_draws(philox.next_words(), high);
  }
  if constexpr (lanes < 8) hn::StoreU(high, d, sums + 8 - lanes);
  hn::StoreU(low, d, sums);
}

void sum_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, std::uint64_t blocks,
                double* sums) {
  sum_blocks(key, task, draw, blocks, sums, AddUniform());
}

void sum_32_kernel(std::uint64_t key, std::uint64_t task, std::uint64_t draw, std::uint64_t blocks,
                   double* sums) {
  sum_blocks(key, task, draw, blocks, sums, AddWords());
}

}  // namespace shoal::random::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::random {

HWY_EXPORT(bits_kernel);
HWY_EXPORT(uniform_kernel);
HWY_EXPORT(uniform_positive_kernel);
HWY_EXPORT(exponential_kernel);
HWY_EXPORT(uniform_f32_kernel);
HWY_EXPORT(normal_kernel);
HWY_EXPORT(normal_f32_kernel);
HWY_EXPORT(uniform_32_kernel);
HWY_EXPORT(sum_kernel);
HWY_EXPORT(sum_32_kernel);

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

void fill_exponential(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out) {
  HWY_DYNAMIC_DISPATCH(exponential_kernel)(stream.key(), task, draw, out.data(), out.size());
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

void fill_uniform_32(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out) {
  HWY_DYNAMIC_DISPATCH(uniform_32_kernel)(stream.key(), task, draw, out.data(), out.size());
}

namespace {

double pairwise(const double* s) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

}  // namespace

double sum_uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n) {
  double sums[8] = {};
  const std::uint64_t blocks = n / 16;
  HWY_DYNAMIC_DISPATCH(sum_kernel)(stream.key(), task, draw, blocks, sums);
  for (std::uint64_t i = 16 * blocks; i < n; ++i)
    sums[i / 2 % 8] += uniform(stream, task, draw + i / 2, i % 2);
  return pairwise(sums);
}

double sum_uniform_32(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n) {
  double sums[8] = {};
  const std::uint64_t blocks = n / 32;
  HWY_DYNAMIC_DISPATCH(sum_32_kernel)(stream.key(), task, draw, blocks, sums);
  for (std::uint64_t i = 32 * blocks; i < n; ++i) sums[i / 4 % 8] += stream.words(task, draw + i / 4)[i % 4];
  return pairwise(sums) * 0x1p-32;
}

}  // namespace shoal::random
#endif
