// SPDX-License-Identifier: Apache-2.0
// The grid of a deep zoom: the centre with all its digits, and the pixels' offsets from it, which may be below the range of
// doubles.
#pragma once

#include <cstdint>

#include "workloads/mandelbrot/big_float.hpp"
#include "workloads/mandelbrot/scaled.hpp"
#include "workloads/mandelbrot/view.hpp"

namespace shoal::workloads::mandelbrot {

// Pixels nearer than this are computed with scaled numbers: subnormal doubles would begin to lose digits of the offsets.
inline constexpr std::int64_t kSmallestPlainExponent = -1010;

class DeepView {
 public:
  // `precision` in bits; 0: by the rule
  //   64 ceil((64 + max(0, -floor(log2 d)) + ceil(log2 max_iterations)) / 64),   d: the smaller distance of neighbours.
  // An error of 2^-precision in each step of the reference orbit acts like a shift of its c by at most max_iterations times
  // that, and so by less than 2^-63 of a pixel.
  DeepView(const View& view, std::int64_t max_iterations, std::int64_t precision);

  long precision() const { return precision_; }
  BigFloat center_x() const { return BigFloat(view_.x.center_text, precision_); }
  BigFloat center_y() const { return BigFloat(view_.y.center_text, precision_); }

  // Of a pixel's c from the centre: span * k / (2 n) as in view.hpp, with the span's mantissa in place of the span.
  ScaledReal offset_x(std::int64_t column) const { return offset(view_.x, span_x_, column); }
  ScaledReal offset_y(std::int64_t row) const { return offset(view_.y, span_y_, row); }

  // Distance of neighbouring columns: the unit of distances in pictures.
  ScaledReal pixel() const { return {span_x_.mantissa / static_cast<double>(view_.x.n), span_x_.exponent}; }

  // At least |c - centre| of every pixel.
  ScaledReal radius() const;

  // Do plain doubles hold all offsets?
  bool is_plain() const { return smallest_exponent_ >= kSmallestPlainExponent; }

 private:
  static ScaledReal offset(const Axis& axis, ScaledReal span, std::int64_t i);

  View view_;
  ScaledReal span_x_;
  ScaledReal span_y_;
  std::int64_t smallest_exponent_ = 0;  // of the smaller distance of neighbours
  long precision_ = 0;
};

}  // namespace shoal::workloads::mandelbrot
