// SPDX-License-Identifier: Apache-2.0
// Uniformly random orders: Fisher and Yates' shuffle in Durstenfeld's form (CACM 7, 1964), fed by blocks of a
// Stream.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "shoal/random/stream.hpp"

namespace shoal::random {

// Step t of a shuffle of n elements swaps position n - 1 - t with a partner in [0, n - 1 - t].
// Fills the partners of steps first_step, first_step + 1, ... ; step t uses word t % 4 of draw `draw + t /
// 4`, by Lemire's exact method with words of stream.derived(1), ... where the first is in the biased part.
// Requires 1 <= n <= 2^32, first_step divisible by 4, first_step + partners.size() <= n.
void fill_partners(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n,
                   std::uint64_t first_step, std::span<std::uint32_t> partners);

// Shuffles in place: every order has the same probability. O(n), no memory; takes draws_for_f32(n) draws.
template <typename T>
void shuffle(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<T> values) {
  std::array<std::uint32_t, 1024> partners;  // 4 KiB: fits the first cache beside the values
  const std::uint64_t n = values.size();
  for (std::uint64_t step = 0; step + 1 < n; step += partners.size()) {
    const std::uint64_t count = std::min<std::uint64_t>(partners.size(), n - step);
    fill_partners(stream, task, draw, n, step, std::span(partners).first(count));
    for (std::uint64_t i = 0; i < count; ++i) std::swap(values[n - 1 - step - i], values[partners[i]]);
  }
}

// The numbers 0 .. n - 1 in random order (n <= 2^32).
std::vector<std::uint32_t> permutation(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                                       std::size_t n);

// The same into memory that exists: order.size() = n.
void fill_permutation(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                      std::span<std::uint32_t> order);

}  // namespace shoal::random
