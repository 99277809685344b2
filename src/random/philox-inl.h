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

// Lower word and upper word as one integer.
HWY_INLINE Vec64 join(Vec64 low, Vec64 high) {
  const hn::RepartitionToNarrow<Lanes64> d32;
  const auto moved = hn::ShiftLeft<32>(high);
  return hn::BitCast(Lanes64(), hn::OddEven(hn::BitCast(d32, moved), hn::BitCast(d32, low)));
}

HWY_INLINE Halves halves_of(const Quarters& q) {
  return {join(q.word0, q.word1), join(q.word2, q.word3)};
}

// Which draw of a vector sits in which lane: in sequence, or so that InterleaveLower and InterleaveUpper of the two halves give
// all 64-bit values in the order of their addresses (lanes 0, 2, 4, ... hold the first half of the draws).
enum class LaneOrder { sequence, paired };

HWY_INLINE Vec64 draws_of_lanes(LaneOrder order) {
  const Lanes64 d;
  const Vec64 lane = hn::Iota(d, 0), one = hn::Set(d, std::uint64_t{1});
  if (order == LaneOrder::sequence) return lane;
  const Vec64 pair = hn::ShiftRight<1>(lane);
  return hn::IfThenElse(hn::Eq(hn::And(lane, one), one), hn::Add(pair, hn::Set(d, std::uint64_t{hn::Lanes(d) / 2})), pair);
}

// Vectors that are computed together: a round waits 7 clocks for its products, and four vectors fill that time.
inline constexpr int kTogether = 4;

// The block generator of one task: draws n, n + 1, ..., one a lane.
class Philox {
 public:
  HWY_INLINE Philox(std::uint64_t key, std::uint64_t task, std::uint64_t draw, LaneOrder order = LaneOrder::sequence)
      : key_(key),
        task_low_(hn::Set(Lanes64(), task & 0xffffffffu)),
        task_high_(hn::Set(Lanes64(), task >> 32)),
        draw_(hn::Add(hn::Set(Lanes64(), draw), draws_of_lanes(order))) {}

  // The next Lanes(d) draws.
  HWY_INLINE Halves next() { return halves_of(next_words()); }

  // The next kTogether vectors of draws.
  HWY_INLINE void next(Halves (&halves)[kTogether]) {
    Quarters q[kTogether];
    next_words(q);
    for (int v = 0; v < kTogether; ++v) halves[v] = halves_of(q[v]);
  }

  HWY_INLINE Quarters next_words() {
    Quarters q[1];
    next_words(q);
    return q[0];
  }

  template <int Vectors>
  HWY_INLINE void next_words(Quarters (&q)[Vectors]) {
    const Lanes64 d;
    for (int v = 0; v < Vectors; ++v) {
      q[v] = {draw_, hn::ShiftRight<32>(draw_), task_low_, task_high_};
      draw_ = hn::Add(draw_, hn::Set(d, std::uint64_t{hn::Lanes(d)}));
    }
    auto k0 = static_cast<std::uint32_t>(key_), k1 = static_cast<std::uint32_t>(key_ >> 32);
    round(q, k0, k1), round(q, k0, k1), round(q, k0, k1), round(q, k0, k1), round(q, k0, k1);
    round(q, k0, k1), round(q, k0, k1), round(q, k0, k1), round(q, k0, k1), round(q, k0, k1);
  }

 private:
  // One round, then the key's next words (Weyl sequence). Of the two moves from upper to lower halves one is a shift and one a
  // shuffle, which 512-bit vectors do on different ports.
  template <int Vectors>
  static HWY_INLINE void round(Quarters (&q)[Vectors], std::uint32_t& k0, std::uint32_t& k1) {
    const Lanes64 d;
    const hn::RepartitionToNarrow<Lanes64> d32;
    const Vec64 key0 = hn::Set(d, std::uint64_t{k0}), key1 = hn::Set(d, std::uint64_t{k1});
    for (int v = 0; v < Vectors; ++v) {
      const Vec64 product0 = multiply_low(q[v].word0, 0xD2511F53u), product1 = multiply_low(q[v].word2, 0xCD9E8D57u);
      q[v].word0 = hn::Xor3(hn::ShiftRight<32>(product1), q[v].word1, key0);
      q[v].word2 = hn::Xor3(hn::BitCast(d, hn::DupOdd(hn::BitCast(d32, product0))), q[v].word3, key1);
      q[v].word1 = product1;
      q[v].word3 = product0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }

  std::uint64_t key_;
  Vec64 task_low_, task_high_, draw_;
};

// Two values of each draw in the order of their addresses, from vectors in paired order: first 0, second 0, first 1, ...
template <class D, class V>
HWY_INLINE void store_pairs(D d, V first, V second, hn::TFromD<D>* out) {
  hn::StoreU(hn::InterleaveLower(d, first, second), d, out);
  hn::StoreU(hn::InterleaveUpper(d, first, second), d, out + hn::Lanes(d));
}

}  // namespace shoal::random::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
