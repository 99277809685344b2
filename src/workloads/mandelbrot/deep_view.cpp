// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/deep_view.hpp"

#include <algorithm>
#include <bit>

namespace shoal::workloads::mandelbrot {
namespace {

constexpr long kSpanBits = 128;  // of which a double is kept

BigFloat span_of(const Axis& axis) {
  BigFloat span(axis.span_text, kSpanBits);
  mpfr_mul_si(span.get(), span.get(), axis.ratio_above, MPFR_RNDN);
  mpfr_div_si(span.get(), span.get(), axis.ratio_below, MPFR_RNDN);
  return span;
}

ScaledReal scaled(const BigFloat& value) {
  const auto [mantissa, exponent] = value.to_scaled();
  return {mantissa, exponent};
}

std::int64_t ceil_log2(std::int64_t n) { return static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(n - 1))); }  // n >= 1

}  // namespace

DeepView::DeepView(const View& view, std::int64_t max_iterations, std::int64_t precision)
    : view_(view), span_x_(scaled(span_of(view.x))), span_y_(scaled(span_of(view.y))) {
  const ScaledReal dx = pixel();
  const ScaledReal dy{span_y_.mantissa / static_cast<double>(view.y.n), span_y_.exponent};
  smallest_exponent_ = std::min(dx.exponent, dy.exponent);
  const std::int64_t bits = 64 + std::max<std::int64_t>(0, -smallest_exponent_) + ceil_log2(max_iterations);
  precision_ = static_cast<long>(precision > 0 ? precision : (bits + 63) / 64 * 64);
}

ScaledReal DeepView::radius() const {
  const ScaledComplex corner(offset_x(0), offset_y(0));  // no pixel is farther; the 1-norm is at least |c|
  return norm1(corner);
}

ScaledReal DeepView::offset(const Axis& axis, ScaledReal span, std::int64_t i) {
  return {span.mantissa * static_cast<double>(axis.numerator(i)) / static_cast<double>(2 * axis.n), span.exponent};
}

}  // namespace shoal::workloads::mandelbrot
