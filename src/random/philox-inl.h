// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 in 64-bit lanes: each lane carries one counter; a word is the lower half of its lane, the
// upper half is whatever the products left there, since the 32 x 32 -> 64 bit multiplication ignores it.
#if defined(SHOAL_RANDOM_PHILOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_RANDOM_PHILOX_INL_H_
#undef SHOAL_RANDOM_PHILOX_INL_H_
#else
#define SHOAL_RANDOM_PHILOX_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace shoal::random::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes64 = hn::ScalableTag<std::uint64_t>;
using Vec64 = hn::Vec<Lanes64>;

// The product of the lower halves of all lanes.
template <class V>
HWY_INLINE V multiply_low(V a, std::uint32_t factor) {
  const hn::RepartitionToNarrow<hn::DFromV<V>> d32;
  return hn::MulEven(hn::BitCast(d32, a), hn::Set(d32, factor));
}

// Both 64-bit halves of Lanes(d) consecutive draws.
struct Halves {
  Vec64 first, second;
};

// Their four words, each the lower half of its lane; the upper halves are undefined.
struct Quarters {
  Vec64 word0, word1, word2, word3;
};

// The block generator of one task: draws n, n + 1, ..., one a lane.
class Philox {
 public:
  HWY_INLINE Philox(std::uint64_t key, std::uint64_t task, std::uint64_t draw)
      : key_(key),
        task_low_(hn::Set(Lanes64(), task & 0xffffffffu)),
        task_high_(hn::Set(Lanes64(), task >> 32)),
        draw_(hn::Add(hn::Set(Lanes64(), draw), hn::Iota(Lanes64(), 0))) {}

  // The next Lanes(d) draws.
  HWY_INLINE Halves next() {
    const Quarters q = next_words();
    return {join(q.word0, q.word1), join(q.word2, q.word3)};
  }

  HWY_INLINE Quarters next_words() {
    const Lanes64 d;
    Vec64 x0 = draw_, x1 = hn::ShiftRight<32>(draw_), x2 = task_low_, x3 = task_high_;
    draw_ = hn::Add(draw_, hn::Set(d, std::uint64_t{hn::Lanes(d)}));
    auto k0 = static_cast<std::uint32_t>(key_), k1 = static_cast<std::uint32_t>(key_ >> 32);
    step(x0, x1, x2, x3, k0, k1), step(x0, x1, x2, x3, k0, k1), step(x0, x1, x2, x3, k0, k1);
    step(x0, x1, x2, x3, k0, k1), step(x0, x1, x2, x3, k0, k1), step(x0, x1, x2, x3, k0, k1);
    step(x0, x1, x2, x3, k0, k1), step(x0, x1, x2, x3, k0, k1), step(x0, x1, x2, x3, k0, k1);
    step(x0, x1, x2, x3, k0, k1);
    return {x0, x1, x2, x3};
  }

 private:
  // One round, then the key's next words (Weyl sequence).
  static HWY_INLINE void step(Vec64& x0, Vec64& x1, Vec64& x2, Vec64& x3, std::uint32_t& k0,
                              std::uint32_t& k1) {
    const Lanes64 d;
    const Vec64 product0 = multiply_low(x0, 0xD2511F53u), product1 = multiply_low(x2, 0xCD9E8D57u);
    x0 = hn::Xor3(hn::ShiftRight<32>(product1), x1, hn::Set(d, std::uint64_t{k0}));
    x2 = hn::Xor3(hn::ShiftRight<32>(product0), x3, hn::Set(d, std::uint64_t{k1}));
    x1 = product1;
    x3 = product0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }

  // Lower word and upper word as one integer.
  static HWY_INLINE Vec64 join(Vec64 low, Vec64 high) {
    const hn::RepartitionToNarrow<Lanes64> d32;
    const auto moved = hn::ShiftLeft<32>(high);
    return hn::BitCast(Lanes64(), hn::OddEven(hn::BitCast(d32, moved), hn::BitCast(d32, low)));
  }

  std::uint64_t key_;
  Vec64 task_low_, task_high_, draw_;
};

// Halves in the order of their addresses: draw 0 half 0, draw 0 half 1, draw 1 half 0, ...
HWY_INLINE void store_in_order(Halves halves, std::uint64_t* out) {
  hn::StoreInterleaved2(halves.first, halves.second, Lanes64(), out);
}

}  // namespace shoal::random::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
