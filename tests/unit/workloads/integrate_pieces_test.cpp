// SPDX-License-Identifier: Apache-2.0
// Pieces of points and values: kernels against plain loops, bit by bit on every target, and rules made of them.
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "each_simd_target.hpp"
#include "integrate_tests.hpp"
#include "shoal/random/distributions.hpp"
#include "workloads/integrate/pieces.hpp"
#include "workloads/integrate/random_rows.hpp"
#include "workloads/integrate/sums.hpp"

using namespace shoal::workloads::integrate;

namespace {

const shoal::random::Stream stream(20261121, 4);

}  // namespace

TEST_CASE("pieces of points and sums have the bits of plain loops", "[unit]") {
  for (const std::size_t n : {0u, 1u, 7u, 8u, 31u, 32u, 33u, 100u, 128u, 4096u}) {
    std::vector<double> grid(n), values(n), seen(n);
    shoal::random::fill_normal(stream, 0, 0, values);
    Columns sums = {0.5, 1e17}, squares = {0.25, 3}, seen_columns;
    for (std::size_t i = 0; i < n; ++i) {
      grid[i] = (1e15 + 0.5 + static_cast<double>(i)) * 0.3;
      sums[i % 32] += values[i];
      squares[i % 32] += (values[i] - 0.1) * (values[i] - 0.1);
    }
    on_each_simd_target([&] {
      place_grid(1e15 + 0.5, 0.3, seen);
      CHECK(seen == grid);
      seen_columns = {0.5, 1e17};
      add_to_columns(values, seen_columns);
      CHECK(seen_columns == sums);
      seen_columns = {0.25, 3};
      add_squares_to_columns(values, 0.1, seen_columns);
      CHECK(seen_columns == squares);
    });
  }
}

TEST_CASE("one value that is not finite is found anywhere", "[unit]") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::size_t n : {1u, 9u, 32u, 61u}) {
    std::vector<double> values(n, -std::numeric_limits<double>::max());
    on_each_simd_target([&] {
      CHECK(all_finite(values));
      for (std::size_t i = 0; i < n; ++i) {
        for (const double bad : {infinity, -infinity, std::nan("")}) {
          const double before = std::exchange(values[i], bad);
          CHECK(!all_finite(values));
          values[i] = before;
        }
      }
    });
  }
}

namespace {

// The midpoint rule of one grid, block by block, with its order of additions.
double plain_midpoint(double (*f)(double), double lower, double upper, std::int64_t k) {
  CompensatedSum sum;
  const double step = 1.0 / static_cast<double>(k), width = upper - lower;
  for (std::int64_t first = 0; first < k; first += kBlock) {
    std::array<double, 32> columns = {};
    for (std::int64_t i = 0; i < std::min(kBlock, k - first); ++i) {
      const double u = (static_cast<double>(first) + 0.5 + static_cast<double>(i)) * step;
      const double value = f(lower == 0 && width == 1 ? u : lower + u * width);
      columns[static_cast<std::size_t>(i % 32)] += value * width;
    }
    sum.add(row_total(columns.data()));
  }
  return sum.value() / static_cast<double>(k);
}

// Monte Carlo over [0, 1]: samples begin ... end - 1, block by block.
Moments plain_samples(double (*f)(double), const shoal::random::Stream& samples, std::int64_t begin, std::int64_t end) {
  Moments moments;
  for (std::int64_t first = begin; first < end; first += kBlock) {
    std::vector<double> values(static_cast<std::size_t>(std::min(kBlock, end - first)));
    reference::fill_centred(samples, static_cast<std::uint64_t>(first) / kRow, values);
    std::array<double, 32> columns = {}, squares = {};
    for (std::size_t i = 0; i < values.size(); ++i) columns[i % 32] += values[i] = f(values[i]);
    const double mean = row_total(columns.data()) / static_cast<double>(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) squares[i % 32] += (values[i] - mean) * (values[i] - mean);
    moments.add({static_cast<std::int64_t>(values.size()), mean, row_total(squares.data())});
  }
  return moments;
}

double witch(double x) {
  return 1 / (1 + x * x);
}

}  // namespace

TEST_CASE("rules over a typed formula have the bits of plain loops", "[unit]") {
  on_each_simd_target([] {
    CHECK(Trial::of_formula("1/(1+x^2)", {0}, {1}).samples(10001).run("midpoint").value == plain_midpoint(witch, 0, 1, 10001));
    CHECK(Trial::of_formula("1/(1+x^2)", {-0.3}, {1.9}).samples(9000).run("midpoint").value == plain_midpoint(witch, -0.3, 1.9, 9000));
    // Where a value is not finite, the fast sum gives way to one that counts.
    Trial bad = Trial::of_formula("1/(x < 0.25 ? 0 : 1+x^2)", {0}, {1}).samples(10001);
    bad.problem = Problem(bad.problem.shared_integrand(), bad.problem.region(), true);
    const Estimate skipped = bad.run("midpoint");
    CHECK(skipped.bad.count == 2500 + 156 + 10);  // and of the coarser grids, of 625 and 39 nodes
    CHECK(skipped.bad.first == std::vector<double>{0.5 * (1.0 / 10001)});
    CHECK(skipped.value == plain_midpoint([](double x) { return x < 0.25 ? 0.0 : witch(x); }, 0, 1, 10001));
    const Estimate sampled = Trial::of_formula("1/(1+x^2)", {0}, {1}).samples(100001).run("monte_carlo", 5);
    const shoal::random::Stream samples = shoal::random::Stream(5, 7).derived(0);
    Moments expected = plain_samples(witch, samples, 0, 65536);  // an item
    expected.add(plain_samples(witch, samples, 65536, 100001));
    CHECK(sampled.value == expected.mean);
    CHECK(sampled.error == expected.standard_error());
    CHECK(sampled.evaluations == 100001);
  });
}
