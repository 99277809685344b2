// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/reference_orbit.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace shoal::workloads::mandelbrot {
namespace {

constexpr double kEndSquared = 1024.0 * 1024.0;
constexpr double kSmallNorm = 0x1p-500;

template <class T>
void append_values(tasks::Bytes& bytes, const std::vector<T>& values) {
  const auto* first = reinterpret_cast<const std::byte*>(values.data());
  bytes.insert(bytes.end(), first, first + values.size() * sizeof(T));
}

template <class T>
void take_values(tasks::ByteView& bytes, std::vector<T>& values, std::uint64_t n) {
  if (bytes.size() / sizeof(T) < n) throw std::logic_error("a reference orbit is too short");
  values.resize(n);
  if (n > 0) std::memcpy(static_cast<void*>(values.data()), bytes.data(), n * sizeof(T));
  bytes = bytes.subspan(n * sizeof(T));
}

}  // namespace

ReferenceOrbit::ReferenceOrbit(const DeepView& view, std::int64_t max_iterations, const tasks::StopToken& stop) {
  const BigFloat cx = view.center_x(), cy = view.center_y();
  const long bits = view.precision();
  BigFloat x(bits), y(bits), xx(bits), yy(bits), sum(bits);
  append(x, y);
  escape_ = -1;
  while (last() < max_iterations + kTail) {
    // 2 x y = (x + y)^2 - x^2 - y^2: squares cost MPFR less than products. What cancels is below |Z|^2 and costs 2 bits.
    mpfr_sqr(xx.get(), x.get(), MPFR_RNDN);
    mpfr_sqr(yy.get(), y.get(), MPFR_RNDN);
    mpfr_add(sum.get(), x.get(), y.get(), MPFR_RNDN);
    mpfr_sqr(sum.get(), sum.get(), MPFR_RNDN);
    mpfr_sub(sum.get(), sum.get(), xx.get(), MPFR_RNDN);
    mpfr_sub(sum.get(), sum.get(), yy.get(), MPFR_RNDN);
    mpfr_add(y.get(), sum.get(), cy.get(), MPFR_RNDN);
    mpfr_sub(xx.get(), xx.get(), yy.get(), MPFR_RNDN);
    mpfr_add(x.get(), xx.get(), cx.get(), MPFR_RNDN);
    append(x, y);
    if (stop.requested()) {
      values_.clear();
      return;
    }
    const double size = norm2_squared(values_.back());
    if (escape_ < 0 && size > 4) escape_ = last();
    if (size > kEndSquared) break;
  }
  if (escape_ < 0) escape_ = last();
}

void ReferenceOrbit::append(const BigFloat& x, const BigFloat& y) {
  values_.push_back({x.to_double(), y.to_double()});
  if (norm1(values_.back()) >= kSmallNorm) return;
  const auto [re, re_exponent] = x.to_scaled();
  const auto [im, im_exponent] = y.to_scaled();
  small_.push_back({last(), re, im, re_exponent, im_exponent});
}

tasks::Bytes ReferenceOrbit::bytes() const {
  tasks::Bytes bytes;
  bytes.reserve(3 * sizeof(std::uint64_t) + values_.size() * sizeof(PlainComplex) + small_.size() * sizeof(Small));
  append_values<std::uint64_t>(bytes, {values_.size(), small_.size(), static_cast<std::uint64_t>(escape_)});
  append_values(bytes, values_);
  append_values(bytes, small_);
  return bytes;
}

ReferenceOrbit::ReferenceOrbit(tasks::ByteView bytes) {
  std::vector<std::uint64_t> sizes;
  take_values(bytes, sizes, 3);
  take_values(bytes, values_, sizes[0]);
  take_values(bytes, small_, sizes[1]);
  escape_ = static_cast<std::int64_t>(sizes[2]);
}

ScaledComplex ReferenceOrbit::scaled(std::int64_t m) const {
  const PlainComplex plain = (*this)[m];
  if (norm1(plain) >= kSmallNorm) return ScaledComplex(plain);
  const auto found = std::lower_bound(small_.begin(), small_.end(), m, [](const Small& small, std::int64_t index) { return small.index < index; });
  return {ScaledReal(found->re_mantissa, found->re_exponent), ScaledReal(found->im_mantissa, found->im_exponent)};
}

}  // namespace shoal::workloads::mandelbrot
