// SPDX-License-Identifier: Apache-2.0
#include "shoal/random/sobol.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <memory>

#include "shoal/random/stream.hpp"

namespace shoal::random {
namespace {

constexpr int kBits = 52;
constexpr int kRounds = 4;
constexpr std::uint64_t kPurpose = 0x736f626f6c;  // "sobol"

constexpr std::uint16_t kTable[] = {
#include "random/sobol_directions.def"
};

// Column k of a dimension's matrix: the digits that bit k of an index adds, the first digit as bit 0.
using Columns = std::array<std::uint64_t, kBits>;

std::uint64_t first_digit_lowest(std::uint64_t m, int k) {
  std::uint64_t digits = 0;  // m has k + 1 bits; its highest is the first digit
  for (int bit = 0; bit <= k; ++bit) digits |= ((m >> (k - bit)) & 1) << bit;
  return digits;
}

// m_k = 2 a_1 m_{k-1} ^ 4 a_2 m_{k-2} ^ ... ^ 2^s m_{k-s} ^ m_{k-s} (Bratley and Fox, ACM TOMS 14, 1988, equation 3).
Columns columns_of(const std::uint16_t* row, int degree) {
  std::array<std::uint64_t, kBits> m{};
  Columns columns{};
  for (int k = 0; k < kBits; ++k) {
    const auto i = static_cast<std::size_t>(k);
    if (degree == 0) {
      m[i] = 1;
    } else if (k < degree) {
      m[i] = row[1 + k];
    } else {
      m[i] = m[static_cast<std::size_t>(k - degree)];
      for (int power = 1; power <= degree; ++power) {
        const std::uint64_t coefficient = (row[0] >> (degree - power)) & 1;
        m[i] ^= coefficient * (m[static_cast<std::size_t>(k - power)] << power);
      }
    }
    columns[i] = first_digit_lowest(m[i], k);
  }
  return columns;
}

using AllColumns = std::array<Columns, kSobolDimensions>;

std::unique_ptr<const AllColumns> make_columns() {
  auto all = std::make_unique<AllColumns>();
  (*all)[0] = columns_of(nullptr, 0);
  const std::uint16_t* row = kTable;
  for (std::size_t dimension = 1; dimension < kSobolDimensions; ++dimension) {
    const int degree = std::bit_width(*row) - 1;
    (*all)[dimension] = columns_of(row, degree);
    row += 1 + degree;
  }
  assert(row == std::end(kTable));
  return all;
}

// Made once, at the first use: a millisecond and 416 KiB.
const Columns& columns(int dimension) {
  static const std::unique_ptr<const AllColumns> all = make_columns();
  assert(dimension >= 0 && dimension < kSobolDimensions);
  return (*all)[static_cast<std::size_t>(dimension)];
}

std::uint64_t digits(std::uint64_t index, const Columns& matrix) {
  std::uint64_t result = 0;
  for (; index != 0; index &= index - 1) result ^= matrix[static_cast<std::size_t>(std::countr_zero(index))];
  return result;
}

std::uint64_t reversed(std::uint64_t x) {
  x = __builtin_bswap64(x);
  x = ((x >> 4) & 0x0f0f0f0f0f0f0f0fu) | ((x & 0x0f0f0f0f0f0f0f0fu) << 4);
  x = ((x >> 2) & 0x3333333333333333u) | ((x & 0x3333333333333333u) << 2);
  return ((x >> 1) & 0x5555555555555555u) | ((x & 0x5555555555555555u) << 1);
}

class Scrambling {
 public:
  Scrambling(int dimension, std::uint64_t seed) {
    const std::uint64_t key = Stream(seed, kPurpose).derived(static_cast<std::uint64_t>(dimension)).key();
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      added_[round] = mix(key + 3 * round);
      odd_[round] = mix(key + 3 * round + 1) | 1;
      even_[round] = mix(key + 3 * round + 2) & ~std::uint64_t{1};
    }
  }

  double operator()(std::uint64_t r) const {
    for (std::size_t round = 0; round < kRounds; ++round) {
      r = (r + added_[round]) * odd_[round];
      r ^= r * even_[round];
    }
    return (static_cast<double>(reversed(r) >> 12) + 0.5) * 0x1p-52;
  }

 private:
  std::array<std::uint64_t, kRounds> added_, odd_, even_;
};

}  // namespace

double sobol(std::uint64_t index, int dimension) {
  return static_cast<double>(reversed(digits(index, columns(dimension))) >> 12) * 0x1p-52;
}

double scrambled_sobol(std::uint64_t index, int dimension, std::uint64_t seed) {
  return Scrambling(dimension, seed)(digits(index, columns(dimension)));
}

void fill_scrambled_sobol(std::uint64_t first, int dimension, std::uint64_t seed, std::span<double> out) {
  constexpr std::uint64_t kGroup = 64;  // points that differ in their lowest six bits share the rest
  const Columns& matrix = columns(dimension);
  const Scrambling scrambling(dimension, seed);
  std::array<std::uint64_t, kGroup> low;
  for (std::uint64_t i = 0; i < kGroup; ++i) low[i] = digits(i, matrix);
  std::size_t done = 0;
  while (done < out.size()) {
    const std::uint64_t index = first + done, begin = index % kGroup;
    const std::uint64_t high = digits(index - begin, matrix);
    const std::size_t count = std::min<std::size_t>(kGroup - begin, out.size() - done);
    for (std::size_t i = 0; i < count; ++i) out[done + i] = scrambling(high ^ low[begin + i]);
    done += count;
  }
}

}  // namespace shoal::random
