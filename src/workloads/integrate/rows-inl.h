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

// w + 1/2 of the lower half of each lane, exactly: 2^52 + w is a double whose last bits are w.
HWY_INLINE VecF64 centre_of_word(hn::Vec<Lanes64> words) {
  const hn::RepartitionToNarrow<Lanes64> d32;
  const auto number = hn::OddEven(hn::Set(d32, 0x43300000u), hn::BitCast(d32, words));
  return hn::Sub(hn::BitCast(LanesF64(), number), hn::Set(LanesF64(), 0x1p52 - 0.5));
}

// Calls take(words, row, part) for the rows from draw 8 * first_row on, lanes [part * kWidth, (part + 1) * kWidth) of each word.
template <class Take>
HWY_INLINE void for_rows(std::uint64_t key, std::uint64_t first_row, std::size_t n_rows, Take& take) {
  constexpr std::size_t together = generator::kTogether / kParts;
  generator::Philox philox(key, 0, 8 * first_row);
  std::size_t row = 0;
  for (; row + together <= n_rows; row += together) {
    generator::Quarters words[generator::kTogether];
    philox.next_words(words);
    for (std::size_t v = 0; v < generator::kTogether; ++v) take(words[v], row + v / kParts, v % kParts);
  }
  for (; row < n_rows; ++row)
    for (std::size_t part = 0; part < kParts; ++part) take(philox.next_words(), row, part);
}

}  // namespace shoal::workloads::integrate::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
