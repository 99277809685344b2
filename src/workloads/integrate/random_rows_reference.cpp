// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "workloads/integrate/gap_logarithm.hpp"
#include "workloads/integrate/random_rows.hpp"
#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate::reference {
namespace {

// w + 1/2 of number 32 first_row + i.
double centre(const random::Stream& stream, std::uint64_t first_row, std::size_t i) {
  return stream.words(0, 8 * (first_row + i / kRow) + i % 8)[i % kRow / 8] + 0.5;
}

double gap_of(double c) {
  int e = 0;
  const double f = std::frexp(c, &e) - 1;
  constexpr int last = sizeof kGapLogarithm / sizeof *kGapLogarithm - 1;
  double p = kGapLogarithm[last];
  for (int i = last - 1; i >= 0; --i) p = std::fma(p, f, kGapLogarithm[i]);
  return std::fma(-f, p, (32 - e) * kLog2);
}

// 1 / (1 + x^2) for column `own` of a row of nodes or samples.
double arctangent(std::span<const double, kRow> x, std::size_t own) {
  const auto denominator = [&](std::size_t quarter) {
    const double place = x[8 * quarter + own % 8];
    return std::fma(place, place, 1);
  };
  const std::size_t quarter = own / 8, neighbour = quarter ^ 1, others = quarter < 2 ? 2 : 0;
  const double first = denominator(0) * denominator(1), second = denominator(2) * denominator(3);
  const double all = 1 / (first * second);
  return denominator(neighbour) * (all * (others == 2 ? second : first));
}

}  // namespace

void fill_centred(const random::Stream& stream, std::uint64_t first_row, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = centre(stream, first_row, i) * 0x1p-32;
}

void fill_gaps(const random::Stream& stream, std::uint64_t first_row, std::size_t n, std::span<double> gaps, std::array<double, kRow>& total) {
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    gaps[i] = i < n ? gap_of(centre(stream, first_row, i)) : 0;
    total[i % kRow] += gaps[i];
  }
}

void place_nodes(std::span<const double> gaps, double origin, double scale, std::array<double, kRow>& at, std::span<double> x) {
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    at[i % kRow] += gaps[i];
    x[i] = std::fma(at[i % kRow], scale, origin);
  }
}

void add_areas(std::span<const double> gaps, std::span<const double> f, Stretches& stretches) {
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const std::size_t c = i % kRow;
    stretches.area[c] = std::fma(gaps[i], f[i], stretches.area[c]);
    stretches.variation[c] = std::fma(gaps[i], std::fabs(f[i] - stretches.above[c]), stretches.variation[c]);
    stretches.above[c] = f[i];
  }
}

void add_arctangent_areas(std::span<const double> gaps, double origin, double scale, Stretches& stretches) {
  std::array<double, kRow> x, f;
  for (std::size_t i = 0; i < gaps.size(); i += kRow) {
    place_nodes(gaps.subspan(i, kRow), origin, scale, stretches.at, x);
    for (std::size_t c = 0; c < kRow; ++c) f[c] = arctangent(x, c);
    reference::add_areas(gaps.subspan(i, kRow), f, stretches);
  }
}

ShiftedSums arctangent_sums(const random::Stream& stream, std::uint64_t first_row, std::size_t n_rows, double origin, double step,
                            double pivot) {
  std::array<double, kRow> x, sum = {}, squares = {};
  for (std::size_t row = 0; row < n_rows; ++row) {
    for (std::size_t c = 0; c < kRow; ++c) x[c] = std::fma(centre(stream, first_row + row, c), step, origin);
    for (std::size_t c = 0; c < kRow; ++c) {
      const double difference = arctangent(x, c) - pivot;
      sum[c] += difference;
      squares[c] = std::fma(difference, difference, squares[c]);
    }
  }
  return {row_total(sum.data()), row_total(squares.data())};
}

}  // namespace shoal::workloads::integrate::reference
