// SPDX-License-Identifier: Apache-2.0
// Random numbers in rows of 32 and what is made of them without a way through memory: coordinates of samples, gaps between sorted
// nodes, sums of a function. Word number 32 r + 8 w + l of a stream is word w of draw 8 r + l of task 0.
//
// Kernels in random_rows_simd.cpp, references in random_rows_reference.cpp: the same bits on every target.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shoal/random/stream.hpp"

namespace shoal::workloads::integrate {

inline constexpr std::size_t kRow = 32;

// Sums of f - pivot and of its square.
struct ShiftedSums {
  double sum = 0, squares = 0;
};

// out[i] = (w + 1/2) 2^-32 with w number 32 first_row + i: in (0, 1), and symmetric about 1/2.
void fill_centred(const random::Stream& stream, std::uint64_t first_row, std::span<double> out);

// Whole rows of standard exponentials: gaps[i] = -log((w + 1/2) 2^-32) to a relative error of 1.0e-10, in [1.1e-10, 22.9]; those from
// `n` on are 0. Each is added to the total of its column.
void fill_gaps(const random::Stream& stream, std::uint64_t first_row, std::size_t n, std::span<double> gaps, std::array<double, kRow>& total);

// The state of a random Riemann sum, a stretch of nodes a column: the sum of gaps so far, f at the last node, and the sums.
struct Stretches {
  std::array<double, kRow> at = {}, above = {}, area = {}, variation = {};
};

// Nodes of whole rows: at[c] += gap, x = origin + at[c] * scale, rounded once.
void place_nodes(std::span<const double> gaps, double origin, double scale, std::array<double, kRow>& at, std::span<double> x);

// With f at these nodes: area[c] += gap * f, variation[c] += gap * |f - above[c]|, each rounded once; then above[c] = f.
void add_areas(std::span<const double> gaps, std::span<const double> f, Stretches& stretches);

// Both at once of f = 1 / (1 + x^2). Columns c, c + 8, c + 16 and c + 24 share a division: with a, b, g, h their denominators and
// r = 1 / ((a b) (g h)) the values are b (r (g h)), a (r (g h)), h (r (a b)), g (r (a b)), within 3 ulp. |x| < 1e37.
void add_arctangent_areas(std::span<const double> gaps, double origin, double scale, Stretches& stretches);

// The sums about `pivot` of 1 / (1 + x^2) at x = origin + step * (w + 1/2), over n_rows rows of samples. The words of a draw share a
// division in the same way.
ShiftedSums arctangent_sums(const random::Stream& stream, std::uint64_t first_row, std::size_t n_rows, double origin, double step,
                            double pivot);

namespace reference {
void fill_centred(const random::Stream& stream, std::uint64_t first_row, std::span<double> out);
void fill_gaps(const random::Stream& stream, std::uint64_t first_row, std::size_t n, std::span<double> gaps, std::array<double, kRow>& total);
void place_nodes(std::span<const double> gaps, double origin, double scale, std::array<double, kRow>& at, std::span<double> x);
void add_areas(std::span<const double> gaps, std::span<const double> f, Stretches& stretches);
void add_arctangent_areas(std::span<const double> gaps, double origin, double scale, Stretches& stretches);
ShiftedSums arctangent_sums(const random::Stream& stream, std::uint64_t first_row, std::size_t n_rows, double origin, double step,
                            double pivot);
}  // namespace reference

}  // namespace shoal::workloads::integrate
