// SPDX-License-Identifier: Apache-2.0
#include "shoal/random/sobol.hpp"

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "catch.hpp"

using namespace shoal::random;

namespace {

// The binary digit number `digit` (0: the first) of a number in [0, 1).
int digit_of(double x, int digit) {
  return static_cast<int>(static_cast<std::int64_t>(std::ldexp(x, digit + 1)) & 1);
}

}  // namespace

// scipy.stats.qmc.Sobol(1024, scramble=False, bits=52) of scipy 1.10, which numbers the points by Gray code.
TEST_CASE("Sobol points are those of another implementation with the same direction numbers", "[unit]") {
  const int dimensions[] = {0, 1, 2, 9, 99, 1023};
  const struct {
    std::uint64_t place;
    double x[6];
  } known[] = {
      {1, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}},
      {2, {0.75, 0.25, 0.25, 0.75, 0.75, 0.75}},
      {3, {0.25, 0.75, 0.75, 0.25, 0.25, 0.25}},
      {5, {0.875, 0.875, 0.125, 0.125, 0.375, 0.375}},
      {100, {0x1.a8p-2, 0x1.08p-2, 0x1.8cp-1, 0x1.64p-1, 0x1.c4p-1, 0x1.e4p-1}},
      {777, {0x1.628p-1, 0x1.df8p-1, 0x1.4ep-3, 0x1.4bp-2, 0x1.058p-1, 0x1.cfp-2}},
      {1023, {0x1p-10, 0x1.818p-1, 0x1.398p-1, 0x1.b38p-1, 0x1.0f8p-1, 0x1.fd8p-1}},
  };
  for (const auto& [place, x] : known)
    for (int i = 0; i < 6; ++i) CHECK(sobol(place ^ (place >> 1), dimensions[i]) == x[i]);
}

TEST_CASE("every aligned block of 2^m points has one point in each of 2^m equal intervals, scrambled or not", "[unit]") {
  for (const int dimension : {0, 1, 7, 100, 640, 1023}) {
    for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{256}, std::uint64_t{1} << 33}) {
      std::set<int> plain, scrambled;
      for (std::uint64_t i = first; i < first + 256; ++i) {
        plain.insert(static_cast<int>(sobol(i, dimension) * 256));
        scrambled.insert(static_cast<int>(scrambled_sobol(i, dimension, 5) * 256));
      }
      CHECK(plain.size() == 256);
      CHECK(scrambled.size() == 256);
    }
  }
}

TEST_CASE("the first two dimensions stay a (0, m, 2)-net under scrambling", "[unit]") {
  for (int columns_log = 0; columns_log <= 8; ++columns_log) {
    std::set<int> cells;
    for (std::uint64_t i = 0; i < 256; ++i) {
      const int column = static_cast<int>(std::ldexp(scrambled_sobol(i, 0, 9), columns_log));
      const int row = static_cast<int>(std::ldexp(scrambled_sobol(i, 1, 9), 8 - columns_log));
      cells.insert(column * 256 + row);
    }
    CHECK(cells.size() == 256);
  }
}

TEST_CASE("a block of scrambled points holds what single calls give, wherever it begins", "[unit]") {
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{64}, std::uint64_t{4095}, std::uint64_t{1} << 40}) {
    std::vector<double> block(200);
    fill_scrambled_sobol(first, 17, 42, block);
    int different = 0;
    for (std::size_t i = 0; i < block.size(); ++i) different += block[i] != scrambled_sobol(first + i, 17, 42);
    CHECK(different == 0);
  }
}

// Whether digit d of a point is flipped must be a fair coin for every prefix of digits, independent of other prefixes: over
// seeds, the flips of two points that first differ in digit p agree in digits 0 .. p and are independent beyond.
TEST_CASE("scrambling flips digits like independent fair coins", "[unit]") {
  constexpr int n_seeds = 4000;
  constexpr int n_digits = 40;
  const double limit = 5 * std::sqrt(n_seeds / 4.0);
  for (const int dimension : {0, 3}) {
    std::vector<int> flips(n_digits), joint(n_digits);
    for (std::uint64_t seed = 0; seed < n_seeds; ++seed) {
      const double a = scrambled_sobol(0, dimension, seed), b = scrambled_sobol(1, dimension, seed);
      CHECK(digit_of(a, 0) != digit_of(b, 0));  // point 1 has only its first digit set
      for (int d = 0; d < n_digits; ++d) {
        flips[static_cast<std::size_t>(d)] += digit_of(a, d);
        joint[static_cast<std::size_t>(d)] += d > 0 && digit_of(a, d) == digit_of(b, d);
      }
    }
    for (std::size_t d = 0; d < n_digits; ++d) {
      INFO("dimension " << dimension << " digit " << d);
      CHECK(std::abs(flips[d] - n_seeds / 2) < limit);
      if (d > 0) CHECK(std::abs(joint[d] - n_seeds / 2) < limit);
    }
  }
}

// For f = x the variance of Owen's scrambling over N = 2^m points is exactly 1 / (12 N^3).
TEST_CASE("the variance over scramblings is that of nested uniform scrambling", "[unit]") {
  constexpr int n_points = 64, n_seeds = 4000;
  for (const int dimension : {0, 5, 1000}) {
    double sum = 0, squares = 0;
    std::vector<double> x(n_points);
    for (std::uint64_t seed = 1; seed <= n_seeds; ++seed) {
      fill_scrambled_sobol(0, dimension, seed, x);
      double mean = 0;
      for (const double value : x) mean += value / n_points;
      sum += mean - 0.5;
      squares += (mean - 0.5) * (mean - 0.5);
    }
    const double expected = 1.0 / (12.0 * n_points * n_points * n_points);
    CHECK(std::abs(sum / n_seeds) < 5 * std::sqrt(expected / n_seeds));
    CHECK(squares / n_seeds / expected > 0.9);
    CHECK(squares / n_seeds / expected < 1.1);
  }
}

TEST_CASE("dimensions and seeds are scrambled independently", "[unit]") {
  double between_dimensions = 0, between_seeds = 0;
  constexpr int n = 20000;
  for (std::uint64_t seed = 0; seed < n; ++seed) {
    const double a = scrambled_sobol(0, 4, seed) - 0.5;
    between_dimensions += a * (scrambled_sobol(0, 5, seed) - 0.5) * 12 / n;
    between_seeds += a * (scrambled_sobol(0, 4, seed + n) - 0.5) * 12 / n;
  }
  CHECK(std::abs(between_dimensions) < 5 / std::sqrt(n));
  CHECK(std::abs(between_seeds) < 5 / std::sqrt(n));
}
