// SPDX-License-Identifier: Apache-2.0
// Kernels of random rows against their references, bit by bit on every target, and their distribution.
#include <array>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "each_simd_target.hpp"
#include "shoal/math/functions.hpp"
#include "workloads/integrate/random_rows.hpp"

using namespace shoal::workloads::integrate;

namespace {

const shoal::random::Stream stream(20261121, 3);

}  // namespace

TEST_CASE("coordinates and gaps of random rows have the bits of their references", "[unit]") {
  for (const std::size_t n : {1u, 31u, 32u, 33u, 63u, 64u, 127u, 128u, 1000u, 4096u}) {
    std::vector<double> expected(n), seen(n);
    const std::size_t whole = (n + kRow - 1) / kRow * kRow;
    std::vector<double> expected_gaps(whole), gaps(whole);
    std::array<double, kRow> expected_total = {1, 2, 3}, total;
    reference::fill_centred(stream, 5, expected);
    reference::fill_gaps(stream, 5, n, expected_gaps, expected_total);
    on_each_simd_target([&] {
      fill_centred(stream, 5, seen);
      total = {1, 2, 3};
      fill_gaps(stream, 5, n, gaps, total);
      CHECK(seen == expected);
      CHECK(gaps == expected_gaps);
      CHECK(total == expected_total);
    });
  }
}

namespace {

void check_equal(const Stretches& seen, const Stretches& expected) {
  CHECK(seen.at == expected.at);
  CHECK(seen.above == expected.above);
  CHECK(seen.area == expected.area);
  CHECK(seen.variation == expected.variation);
}

}  // namespace

TEST_CASE("nodes, areas and sums of random rows have the bits of their references", "[unit]") {
  std::vector<double> gaps(96), f(96), x(96), expected_x(96);
  std::array<double, kRow> unused = {};
  fill_gaps(stream, 0, 90, gaps, unused);
  fill_centred(stream, 9, f);
  const Stretches start = {{0.5, 1.5}, {0.1, 0.2}, {3, 4}, {5, 6}};
  Stretches expected = start, expected_arctangent = start;
  reference::place_nodes(gaps, 0.1, 0.3, expected.at, expected_x);
  reference::add_areas(gaps, f, expected);
  reference::add_arctangent_areas(gaps, -0.2, 0.3, expected_arctangent);
  const ShiftedSums expected_sums = reference::arctangent_sums(stream, 3, 11, -0.25, 1e-9, 0.75);
  on_each_simd_target([&] {
    Stretches seen = start;
    place_nodes(gaps, 0.1, 0.3, seen.at, x);
    add_areas(gaps, f, seen);
    CHECK(x == expected_x);
    check_equal(seen, expected);
    seen = start;
    add_arctangent_areas(gaps, -0.2, 0.3, seen);
    check_equal(seen, expected_arctangent);
    const ShiftedSums sums = arctangent_sums(stream, 3, 11, -0.25, 1e-9, 0.75);
    CHECK(sums.sum == expected_sums.sum);
    CHECK(sums.squares == expected_sums.squares);
  });
}

// Where the origin of 2^52 + w is exact another kernel is taken; and draws of row 2^29 have another upper word.
TEST_CASE("sums of samples have the bits of their reference on any interval and number of rows", "[unit]") {
  struct Interval {
    double origin, step;
  };
  const Interval intervals[] = {{0, 0x1p-32}, {1, 0x1p-32}, {-2, 0x1p-30}, {0.1, 0x1p-32}, {0, 0.7 * 0x1p-32}, {-1e9, 3}, {0, 0}};
  for (const Interval& interval : intervals) {
    for (const std::size_t n : {1u, 3u, 4u, 5u, 8u, 9u, 64u, 128u, 131u}) {
      const std::uint64_t first_row = (std::uint64_t{1} << 29) - n / 2;
      const ShiftedSums expected = reference::arctangent_sums(stream, first_row, n, interval.origin, interval.step, 0.3);
      on_each_simd_target([&] {
        const ShiftedSums sums = arctangent_sums(stream, first_row, n, interval.origin, interval.step, 0.3);
        CHECK(sums.sum == expected.sum);
        CHECK(sums.squares == expected.squares);
      });
    }
  }
}

TEST_CASE("values that share a division are those of 1 / (1 + x^2)", "[unit]") {
  std::vector<double> gaps(kRow, 1.0);
  Stretches stretches;
  for (std::size_t c = 0; c < kRow; ++c) stretches.at[c] = static_cast<double>(c);
  add_arctangent_areas(gaps, -3, 0.25, stretches);
  for (std::size_t c = 0; c < kRow; ++c) {
    const double x = -3 + 0.25 * static_cast<double>(c + 1);
    CHECK(std::fabs(stretches.area[c] * (1 + x * x) - 1) < 1e-15);
  }
}

TEST_CASE("gaps are logarithms of the coordinates", "[unit]") {
  std::vector<double> gaps(1 << 16), u(1 << 16);
  std::array<double, kRow> total = {};
  fill_gaps(stream, 0, gaps.size(), gaps, total);
  fill_centred(stream, 0, u);
  double largest = 0, mean = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    largest = std::max(largest, std::fabs(gaps[i] / -shoal::math::log(u[i]) - 1));
    mean += gaps[i] / static_cast<double>(u.size());
  }
  CHECK(largest < 1.3e-10);
  CHECK(std::fabs(mean - 1) < 4.0 / 256);  // four standard deviations
}
