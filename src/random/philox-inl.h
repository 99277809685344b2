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
//
// Counters of the same upper word differ in word 0 alone. So the first round has one product for them, which grows by a constant
// from vector to vector; the second has one, too; and what comes from the other words is mixed into four constants.
class Philox {
 public:
  HWY_INLINE Philox(std::uint64_t key, std::uint64_t task, std::uint64_t draw, LaneOrder order = LaneOrder::sequence)
      : key_(key), task_(task), draw_(draw), order_(order) {
    const Lanes64 d;
    for (int i = 0; i < 10; ++i) {
      keys_[2 * i] = hn::Set(d, std::uint64_t{this->key(i, 0)});
      keys_[2 * i + 1] = hn::Set(d, std::uint64_t{this->key(i, 1)});
    }
    keys_[1] = hn::Set(d, (task >> 32) ^ this->key(0, 1));
    keys_[2] = hn::Set(d, ((task & 0xffffffffu) * kFactor1 & 0xffffffffu) ^ this->key(1, 0));
    recount();
  }

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
    constexpr std::uint64_t draws = Vectors * hn::MaxLanes(Lanes64());
    if (HWY_UNLIKELY(end_ - draw_ < draws)) {
      HWY_ALIGN std::uint64_t words[4 * draws];
      all_rounds(key_, task_, draw_, order_, words, Vectors);
      const Lanes64 d;
      for (int v = 0; v < Vectors; ++v) {
        const std::uint64_t* from = words + static_cast<std::size_t>(v) * 4 * hn::MaxLanes(d);
        q[v] = {hn::Load(d, from), hn::Load(d, from + hn::MaxLanes(d)), hn::Load(d, from + 2 * hn::MaxLanes(d)), hn::Load(d, from + 3 * hn::MaxLanes(d))};
      }
      draw_ += draws;
      recount();
      return;
    }
    draw_ += draws;
    first_rounds(q);
    round(q, keys_[6], keys_[7]), round(q, keys_[8], keys_[9]), round(q, keys_[10], keys_[11]), round(q, keys_[12], keys_[13]);
    round(q, keys_[14], keys_[15]), round(q, keys_[16], keys_[17]), round(q, keys_[18], keys_[19]);
  }

 private:
  static constexpr std::uint32_t kFactor0 = 0xD2511F53u, kFactor1 = 0xCD9E8D57u;  // of words 0 and 2
  static constexpr std::uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;      // from round to round, of the key's words

  static HWY_INLINE Vec64 upper(Vec64 product) { return hn::ShiftRight<32>(product); }
  // The same by a shuffle: 512-bit vectors do shifts and shuffles on different ports.
  static HWY_INLINE Vec64 upper_shuffled(Vec64 product) {
    return hn::BitCast(Lanes64(), hn::DupOdd(hn::BitCast(hn::RepartitionToNarrow<Lanes64>(), product)));
  }

  std::uint32_t key(int round, int word) const {
    const std::uint32_t weyl = word == 0 ? kWeyl0 : kWeyl1;
    return static_cast<std::uint32_t>(key_ >> (32 * word)) + static_cast<std::uint32_t>(round) * weyl;
  }

  // What depends on the upper word of draw_.
  HWY_INLINE void recount() {
    const Lanes64 d;
    const std::uint64_t product = (((task_ & 0xffffffffu) * kFactor1 >> 32) ^ (draw_ >> 32) ^ key(0, 0)) * kFactor0;
    keys_[3] = hn::Set(d, (product >> 32) ^ key(1, 1));
    keys_[5] = hn::Set(d, (product & 0xffffffffu) ^ key(2, 1));
    product_ = multiply_low(hn::Add(hn::Set(d, draw_), draws_of_lanes(order_)), kFactor0);
    end_ = (draw_ | 0xffffffffu) + 1;
  }

  // Rounds 0 to 2.
  template <int Vectors>
  HWY_INLINE void first_rounds(Quarters (&q)[Vectors]) {
    const Lanes64 d;
    for (int v = 0; v < Vectors; ++v) {
      const Vec64 product = product_;
      product_ = hn::Add(product_, hn::Set(d, std::uint64_t{kFactor0} * hn::MaxLanes(d)));
      const Vec64 second = multiply_low(hn::Xor(upper(product), keys_[1]), kFactor1);
      const Vec64 product0 = multiply_low(hn::Xor(upper(second), keys_[2]), kFactor0);
      const Vec64 product1 = multiply_low(hn::Xor(product, keys_[3]), kFactor1);
      q[v] = {hn::Xor3(upper(product1), second, keys_[4]), product1, hn::Xor(upper_shuffled(product0), keys_[5]), product0};
    }
  }

  template <int Vectors>
  static HWY_INLINE void round(Quarters (&q)[Vectors], Vec64 key0, Vec64 key1) {
    for (int v = 0; v < Vectors; ++v) {
      const Vec64 product0 = multiply_low(q[v].word0, kFactor0), product1 = multiply_low(q[v].word2, kFactor1);
      q[v].word0 = hn::Xor3(upper(product1), q[v].word1, key0);
      q[v].word2 = hn::Xor3(upper_shuffled(product0), q[v].word3, key1);
      q[v].word1 = product1;
      q[v].word3 = product0;
    }
  }

  // The words of vectors in which the upper word changes, which happens once in 2^32 draws.
  static HWY_NOINLINE void all_rounds(std::uint64_t key, std::uint64_t task, std::uint64_t draw, LaneOrder order, std::uint64_t* out,
                                      int vectors) {
    const Lanes64 d;
    for (int v = 0; v < vectors; ++v, draw += hn::MaxLanes(d)) {
      const Vec64 counter = hn::Add(hn::Set(d, draw), draws_of_lanes(order));
      Quarters q[1] = {{counter, hn::ShiftRight<32>(counter), hn::Set(d, task & 0xffffffffu), hn::Set(d, task >> 32)}};
      auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
      for (int i = 0; i < 10; ++i, k0 += kWeyl0, k1 += kWeyl1) round(q, hn::Set(d, std::uint64_t{k0}), hn::Set(d, std::uint64_t{k1}));
      for (const Vec64 word : {q[0].word0, q[0].word1, q[0].word2, q[0].word3}) {
        hn::Store(word, d, out);
        out += hn::MaxLanes(d);
      }
    }
  }

  std::uint64_t key_, task_, draw_, end_;  // the next draw; the first after it whose upper word is another
  LaneOrder order_;
  Vec64 product_;   // of the next draws' lower words and kFactor0
  Vec64 keys_[20];  // of each round; 1, 2, 3 and 5 with what the counters have in common
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
