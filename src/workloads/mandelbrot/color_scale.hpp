// SPDX-License-Identifier: Apache-2.0
// From values to places on a colour map.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace shoal::workloads::mandelbrot {

// What is shown. Rows as the result has them: row 0 is the smallest y.
struct PictureField {
  enum class Kind { iterations, smooth, distance };
  Kind kind = Kind::iterations;
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t rows_together = 1;  // that are best read at once
  // Rows [first, first + count) to `values`: (count, columns). Inside: iterations 0, others NaN.
  std::function<void(std::uint64_t first, std::uint64_t count, std::span<double> values)> read;

  bool is_inside(double value) const { return kind == Kind::iterations ? value == 0 : value != value; }
};

// Let v_0 and v_1 be the smallest and largest value outside the set (in more than 2^26 values: among evenly spread rows).
//
//   linear     (v - v_0) / (v_1 - v_0)
//   log        log(1 + v - v_0) / log(1 + v_1 - v_0); of distances log(1 + 16 v) / log(1 + 16 v_1): 1/16 of a pixel counts
//   histogram  the share of values below v (in 65536 classes, even in the log above)
//   cyclic     v / period
class ColorScale {
 public:
  // Reads the field once, or twice for a histogram. Throws std::logic_error if `scale` is none of the four.
  ColorScale(const PictureField& field, const std::string& scale, double period);

  // Of a value outside the set; in [0, 1] unless the scale is cyclic.
  double place(double value) const;

  bool is_cyclic() const { return kind_ == Kind::cyclic; }

 private:
  enum class Kind { linear, log, histogram, cyclic };
  double log_place(double value) const;

  Kind kind_;
  double period_;
  double low_ = 0, high_ = 0;  // the ends of linear values
  double unit_ = 1;            // log(1 + unit (v - low))
  double log_span_ = 0;
  std::vector<double> shares_;  // histogram: of values below each class
};

}  // namespace shoal::workloads::mandelbrot
