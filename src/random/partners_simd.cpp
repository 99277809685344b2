// SPDX-License-Identifier: Apache-2.0
// Partners of a shuffle in vectors: products of 32 bits, even and odd words apart.
#include "random/partners.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "random/partners_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "random/philox-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::random::HWY_NAMESPACE {

using Lanes32 = hn::RepartitionToNarrow<Lanes64>;
using Vec32 = hn::Vec<Lanes32>;

// Partners of one vector of words; what may be biased is gathered in `suspects`.
HWY_INLINE Vec32 partners_of(Vec32 words, Vec32 bounds, hn::Vec<hn::RebindToSigned<Lanes32>>& suspects) {
  const Lanes64 d64;
  const Lanes32 d;
  const hn::RebindToSigned<Lanes32> di;
  const auto odd = [&](Vec32 v) HWY_ATTR { return hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(d64, v))); };
  const Vec64 even_product = hn::MulEven(words, bounds), odd_product = hn::MulEven(odd(words), odd(bounds));
  const Vec32 upper = hn::OddEven(hn::BitCast(d, odd_product), hn::BitCast(d, hn::ShiftRight<32>(even_product)));
  const Vec32 lower = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd_product)), hn::BitCast(d, even_product));
  suspects = hn::Or(suspects, hn::BitCast(di, hn::VecFromMask(d, hn::Lt(lower, bounds))));
  return upper;
}

bool ShortPartners(std::uint64_t key, std::uint64_t task, std::uint64_t draw, std::uint32_t bound, std::uint32_t* out, std::size_t n) {
  constexpr std::size_t width = hn::MaxLanes(Lanes32()), block = 2 * width;
  const Lanes32 d;
  const hn::RebindToSigned<Lanes32> di;
  Philox philox(key, task, draw, LaneOrder::paired);
  // Bounds beyond the last element stay 0, so that nothing there is suspect.
  auto bounds = hn::Sub(hn::Set(di, static_cast<std::int32_t>(bound)), hn::Iota(di, 0));
  auto suspects = hn::Zero(di);
  const auto next = [&](Vec32 words) HWY_ATTR {
    const Vec32 partners = partners_of(words, hn::BitCast(d, hn::Max(bounds, hn::Zero(di))), suspects);
    bounds = hn::Sub(bounds, hn::Set(di, static_cast<std::int32_t>(width)));
    return partners;
  };
  const auto store = [&](const Halves& halves, std::uint32_t* to) HWY_ATTR {
    hn::StoreU(next(hn::BitCast(d, hn::InterleaveLower(Lanes64(), halves.first, halves.second))), d, to);
    hn::StoreU(next(hn::BitCast(d, hn::InterleaveUpper(Lanes64(), halves.first, halves.second))), d, to + width);
  };
  std::size_t i = 0;
  for (; i + kTogether * block <= n; i += kTogether * block) {
    Halves halves[kTogether];
    philox.next(halves);
    for (std::size_t v = 0; v < kTogether; ++v) store(halves[v], out + i + v * block);
  }
  for (; i + block <= n; i += block) store(philox.next(), out + i);
  if (i < n) {
    HWY_ALIGN std::uint32_t rest[block];
    store(philox.next(), rest);
    std::copy_n(rest, n - i, out + i);
  }
  return hn::AllTrue(di, hn::Eq(suspects, hn::Zero(di)));
}

}  // namespace shoal::random::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::random {

HWY_EXPORT(ShortPartners);

bool short_partners(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint32_t bound,
                    std::span<std::uint32_t> out) {
  return HWY_DYNAMIC_DISPATCH(ShortPartners)(stream.key(), task, draw, bound, out.data(), out.size());
}

}  // namespace shoal::random
#endif
