// SPDX-License-Identifier: Apache-2.0
// Random numbers as addresses: word w of draw d of task t in stream s of seed S is always the same 32 bits.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC11, 2011), a bijection of 128-bit counters under a 64-bit key:
//
//   counter words  c0 = draw & 0xffffffff, c1 = draw >> 32, c2 = task & 0xffffffff, c3 = task >> 32
//   key words      k0 = key & 0xffffffff,  k1 = key >> 32
//   key            = mix(mix(seed) + stream),   mix(z): z += 0x9e3779b97f4a7c15, then the finaliser of
//   SplitMix64
//                    (Steele, Lea, Flood, OOPSLA 2014; constants of Stafford's variant 13)
//
// mix is a bijection, so two streams of one seed never share a key, nor do two seeds of one stream number;
// other pairs (seed, stream) share one with probability 2^-64. Nothing here has state: every value may be
// computed anywhere.
#pragma once

#include <array>
#include <cstdint>

namespace shoal::random {

// The 128 bits of one draw, in the order of Random123's philox4x32.
using Words = std::array<std::uint32_t, 4>;

// The finaliser that makes keys: a bijection of 64-bit integers that passes avalanche tests.
constexpr std::uint64_t mix(std::uint64_t z) noexcept {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Philox4x32 with 10 rounds of a counter under a key.
constexpr Words philox(Words counter, std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9u;  // golden ratio
    key[1] += 0xBB67AE85u;  // sqrt(3) - 1
  }
  return counter;
}

// A family of independent sequences, one a task; a value type of 8 bytes. Streams of one seed separate
// purposes (initial weights, shuffles, proposals), tasks separate units of work, draws count within a task.
class Stream {
 public:
  constexpr Stream(std::uint64_t seed, std::uint64_t stream) noexcept : key_(mix(mix(seed) + stream)) {}

  // The 64-bit key, as documented above.
  constexpr std::uint64_t key() const noexcept { return key_; }

  // A stream derived from this one, for retries and sub-purposes: its key is mix(key + n).
  constexpr Stream derived(std::uint64_t n) const noexcept {
    Stream other = *this;
    other.key_ = mix(key_ + n);
    return other;
  }

  // The four words of one draw.
  constexpr Words words(std::uint64_t task, std::uint64_t draw) const noexcept {
    return philox({low(draw), high(draw), low(task), high(task)}, {low(key_), high(key_)});
  }

  // Half 0 (words 0 and 1) or 1 (words 2 and 3) of a draw as an integer, the lower word first.
  constexpr std::uint64_t bits(std::uint64_t task, std::uint64_t draw, unsigned half = 0) const noexcept {
    const Words w = words(task, draw);
    return w[2 * half] | (std::uint64_t{w[2 * half + 1]} << 32);
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x); }
  static constexpr std::uint32_t high(std::uint64_t x) noexcept {
    return static_cast<std::uint32_t>(x >> 32);
  }

  std::uint64_t key_;
};

}  // namespace shoal::random
