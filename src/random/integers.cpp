// SPDX-License-Identifier: Apache-2.0
// Integers and orders from blocks of random bits: a multiplication each, a second look only at the rare
// biased ones.
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <numeric>

#include "random/partners.hpp"
#include "shoal/random/distributions.hpp"
#include "shoal/random/shuffle.hpp"

namespace shoal::random {
namespace {

__extension__ using Wide = unsigned __int128;

// The partner of a step whose word fell among the biased ones: words of derived streams until one does not.
std::uint32_t retried_partner(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned word,
                              std::uint64_t bound, std::uint64_t product) {
  const std::uint64_t biased = (std::uint64_t{1} << 32) % bound;
  for (std::uint64_t retry = 1; static_cast<std::uint32_t>(product) < biased; ++retry)
    product = stream.derived(retry).words(task, draw)[word] * bound;
  return static_cast<std::uint32_t>(product >> 32);
}

constexpr std::size_t kShortOrder = 1024;

// shuffle() of at most kShortOrder numbers 0, 1, ... Stores limit the swaps: here a number that has found its place goes there
// with three others at once, since nothing reads that place again.
void fill_short_permutation(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<std::uint32_t> order) {
  std::array<std::uint32_t, kShortOrder> partners, numbers;
  const std::size_t n = order.size();
  fill_partners(stream, task, draw, n, 0, std::span(partners).first(n));
  std::iota(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(n), std::uint32_t{0});
  const auto take = [&](std::size_t step) {
    const std::uint32_t number = numbers[partners[step]];
    numbers[partners[step]] = numbers[n - 1 - step];
    return number;
  };
  std::size_t step = 0;
  for (; step + 4 <= n; step += 4) {
    const std::uint32_t a = take(step), b = take(step + 1), c = take(step + 2), d = take(step + 3);
    std::uint32_t* to = order.data() + (n - 4 - step);
    to[0] = d, to[1] = c, to[2] = b, to[3] = a;
  }
  for (; step < n; ++step) order[n - 1 - step] = take(step);
}

}  // namespace

void fill_words(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<std::uint32_t> out) {
  std::array<std::uint64_t, 512> bits;
  for (std::size_t begin = 0; begin < out.size(); begin += 2 * bits.size()) {
    const std::size_t count = std::min(2 * bits.size(), out.size() - begin);
    fill_bits(stream, task, draw + begin / 4, std::span(bits).first((count + 1) / 2));
    static_assert(std::endian::native == std::endian::little);  // the lower word comes first
    std::memcpy(out.data() + begin, bits.data(), count * sizeof(std::uint32_t));
  }
}

void fill_below(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n,
                std::span<std::uint32_t> out) {
  assert(n >= 1 && n <= (std::uint64_t{1} << 32));
  std::array<std::uint64_t, 512> bits;
  for (std::size_t begin = 0; begin < out.size(); begin += bits.size()) {
    const std::size_t count = std::min(bits.size(), out.size() - begin);
    fill_bits(stream, task, draw + begin / 2, std::span(bits).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      const Wide product = Wide{bits[i]} * n;
      std::uint64_t value = static_cast<std::uint64_t>(product >> 64);
      if (static_cast<std::uint64_t>(product) < n)
        value = below(stream, task, draw + (begin + i) / 2, n, static_cast<unsigned>(i % 2));
      out[begin + i] = static_cast<std::uint32_t>(value);
    }
  }
}

void fill_partners(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n,
                   std::uint64_t first_step, std::span<std::uint32_t> partners) {
  assert(n <= (std::uint64_t{1} << 32) && first_step % 4 == 0 && first_step + partners.size() <= n);
  const std::uint64_t first_draw = draw + first_step / 4;
  std::array<std::uint32_t, 256> words;
  for (std::size_t begin = 0; begin < partners.size(); begin += words.size()) {
    const std::size_t count = std::min(words.size(), partners.size() - begin);
    const std::uint64_t first_bound = n - first_step - begin;
    const auto part = partners.subspan(begin, count);
    // Nearly always in vectors; once more, one by one, where a word may be among the biased ones.
    if (first_bound >> 31 == 0 &&
        short_partners(stream, task, first_draw + begin / 4, static_cast<std::uint32_t>(first_bound), part)) {
      continue;
    }
    fill_words(stream, task, first_draw + begin / 4, std::span(words).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t bound = first_bound - i, product = words[i] * bound;
      part[i] = static_cast<std::uint32_t>(product) < bound
                    ? retried_partner(stream, task, first_draw + (begin + i) / 4, i % 4, bound, product)
                    : static_cast<std::uint32_t>(product >> 32);
    }
  }
}

void fill_permutation(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                      std::span<std::uint32_t> order) {
  if (order.size() <= kShortOrder) return fill_short_permutation(stream, task, draw, order);
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  shuffle(stream, task, draw, order);
}

std::vector<std::uint32_t> permutation(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                                       std::size_t n) {
  std::vector<std::uint32_t> order(n);
  fill_permutation(stream, task, draw, order);
  return order;
}

}  // namespace shoal::random
