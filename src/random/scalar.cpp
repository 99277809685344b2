// SPDX-License-Identifier: Apache-2.0
// One value at a time, by the same templates as the blocks with one lane of the static target.
#include <bit>

#include "random/distributions-inl.h"
#include "shoal/random/distributions.hpp"

static_assert(HWY_STATIC_TARGET == HWY_AVX2, "compile with -march=x86-64-v3 -DHWY_DISABLE_PCLMUL_AES");

namespace shoal::random {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace lanes = HWY_NAMESPACE;

constexpr hn::CappedTag<std::uint64_t, 1> du64;
constexpr hn::CappedTag<std::uint32_t, 1> du32;

__extension__ using Wide = unsigned __int128;

}  // namespace

double uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned half) noexcept {
  return hn::GetLane(lanes::uniform_of(du64, hn::Set(du64, stream.bits(task, draw, half))));
}

double uniform_positive(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                        unsigned half) noexcept {
  return hn::GetLane(lanes::uniform_positive_of(du64, hn::Set(du64, stream.bits(task, draw, half))));
}

double exponential(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned half) noexcept {
  return hn::GetLane(lanes::exponential_of(du64, hn::Set(du64, stream.bits(task, draw, half))));
}

double uniform_32(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned word) noexcept {
  return static_cast<double>(stream.words(task, draw)[word]) * 0x1p-32;
}

float uniform_f32(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned word) noexcept {
  return hn::GetLane(lanes::uniform_f32_of(du32, hn::Set(du32, stream.words(task, draw)[word])));
}

double normal(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned half) noexcept {
  const Words w = stream.words(task, draw);
  const auto u = hn::Set(du64, w[0] | (std::uint64_t{w[1]} << 32));
  const auto v = hn::Set(du64, w[2] | (std::uint64_t{w[3]} << 32));
  const hn::CappedTag<double, 1> d;
  hn::Vec<decltype(d)> first, second;
  lanes::box_muller(d, lanes::uniform_positive_of(du64, u), lanes::uniform_of(du64, v), first, second);
  return hn::GetLane(half == 0 ? first : second);
}

float normal_f32(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned word) noexcept {
  const Words w = stream.words(task, draw);
  const unsigned base = word & 2u;
  const auto u = lanes::uniform_f32_positive_of(du32, hn::Set(du32, w[base]));
  const auto v = lanes::uniform_f32_of(du32, hn::Set(du32, w[base + 1]));
  const hn::CappedTag<float, 1> d;
  hn::Vec<decltype(d)> first, second;
  lanes::box_muller(d, u, v, first, second);
  return hn::GetLane(word % 2 == 0 ? first : second);
}

std::uint64_t below(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n,
                    unsigned half) noexcept {
  Wide product = Wide{stream.bits(task, draw, half)} * n;
  if (static_cast<std::uint64_t>(product) < n) {
    const std::uint64_t biased = (0 - n) % n;  // 2^64 mod n
    for (std::uint64_t retry = 1; static_cast<std::uint64_t>(product) < biased; ++retry)
      product = Wide{stream.derived(retry).bits(task, draw, half)} * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace shoal::random
