// SPDX-License-Identifier: Apache-2.0
// Random words in rows of 32, as they come out of the lanes of the generator: number 32 r + 8 w + l is word w of draw 8 r + l. So
// nothing has to be interleaved, on any target.
#if defined(SHOAL_INTEGRATE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_INTEGRATE_ROWS_INL_H_
#undef SHOAL_INTEGRATE_ROWS_INL_H_
#else
#define SHOAL_INTEGRATE_ROWS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "random/philox-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::workloads::integrate::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace generator = shoal::random::HWY_NAMESPACE;

using Lanes64 = generator::Lanes64;
using LanesF64 = hn::RebindToFloat<Lanes64>;
using VecF64 = hn::Vec<LanesF64>;

inline constexpr std::size_t kWidth = hn::MaxLanes(LanesF64());
inline constexpr std::size_t kParts = 8 / kWidth;  // vectors that make the eight lanes of a word
static_assert(kParts * kWidth == 8 && generator::kTogether % kParts == 0);

// 2^52 + w of the lower half of each lane: a double whose last bits are w.
HWY_INLINE VecF64 number_of_word(hn::Vec<Lanes64> words) {
  const hn::RepartitionToNarrow<Lanes64> d32;
  return hn::BitCast(LanesF64(), hn::OddEven(hn::Set(d32, 0x43300000u), hn::BitCast(d32, words)));
}

// What to take from it for w + 1/2, exactly.
inline constexpr double kNumberToCentre = 0x1p52 - 0.5;

HWY_INLINE VecF64 centre_of_word(hn::Vec<Lanes64> words) {
  return hn::Sub(number_of_word(words), hn::Set(LanesF64(), kNumberToCentre));
}

// Calls take(words, row, part) for the next n_rows rows, counted from 0: lanes [part * kWidth, (part + 1) * kWidth) of each word.
template <class Take>
HWY_INLINE void next_rows(generator::Philox& philox, std::size_t n_rows, Take& take) {
  constexpr std::size_t together = generator::kTogether / kParts;
  std::size_t row = 0;
  for (; row + together <= n_rows; row += together) {
    generator::Quarters words[generator::kTogether];
    philox.next_words(words);
    for (std::size_t v = 0; v < generator::kTogether; ++v) take(words[v], row + v / kParts, v % kParts);
  }
  for (; row < n_rows; ++row)
    for (std::size_t part = 0; part < kParts; ++part) take(philox.next_words(), row, part);
}

// The rows from draw 8 * first_row on.
template <class Take>
HWY_INLINE void for_rows(std::uint64_t key, std::uint64_t first_row, std::size_t n_rows, Take& take) {
  generator::Philox philox(key, 0, 8 * first_row);
  next_rows(philox, n_rows, take);
}

}  // namespace shoal::workloads::integrate::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
