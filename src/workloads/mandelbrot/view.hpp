// SPDX-License-Identifier: Apache-2.0
// What is looked at: a grid of points c in the plane.
//
// Column i of n (rows alike, row 0 is the smallest y; all operations rounded to binary64 in the order written):
//
//   offset_i = (span * k) / (2 n),  k = 2 i + 1 - n (pixel centres)  or  k = 2 i - n (lower corners)
//   x_i      = center + offset_i
//
// where `center` and `span` are the binary64 numbers nearest to what the input says. So grids are symmetric about their centre,
// and exact where n is a power of two and the centre has few digits. Deep zooms take the centre from its text, with all digits,
// and use the offsets alone.
#pragma once

#include <cstdint>
#include <string>

namespace shoal::workloads::mandelbrot {

enum class Sampling { center, corner };

// One axis of the grid.
struct Axis {
  std::string center_text;        // exact, as decimal numbers of any length and exponent; of corners: their exact middle
  std::string span_text;          // exact but for the ratio; greater than 0
  std::int64_t ratio_above = 1;   // the span is that of the text * above / below: with a width alone, pixels are square and the
  std::int64_t ratio_below = 1;   // span of y is that of x * height / width
  double center = 0;              // nearest binary64 of the text
  double span = 0;                // nearest binary64 of the text, * above, / below; 0 if it is below the range of doubles
  std::int64_t n = 1;             // pixels
  Sampling sampling = Sampling::center;

  std::int64_t numerator(std::int64_t i) const { return 2 * i + (sampling == Sampling::center ? 1 : 0) - n; }
  double offset(std::int64_t i) const { return span * static_cast<double>(numerator(i)) / static_cast<double>(2 * n); }
  double at(std::int64_t i) const { return center + offset(i); }
};

struct View {
  Axis x;  // columns
  Axis y;  // rows
  std::uint64_t n_pixels() const { return static_cast<std::uint64_t>(x.n) * static_cast<std::uint64_t>(y.n); }
  double pixel_area() const { return (x.span / static_cast<double>(x.n)) * (y.span / static_cast<double>(y.n)); }
};

// Pixels are closer than 2^-44 of the coordinates' size: doubles have few digits left for them.
bool needs_perturbation(const View& view);

// Some neighbouring pixels have the same coordinates in binary64.
bool has_equal_neighbours(const View& view);

}  // namespace shoal::workloads::mandelbrot
