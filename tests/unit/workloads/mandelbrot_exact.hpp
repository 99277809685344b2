// SPDX-License-Identifier: Apache-2.0
// Deep zooms without any of the program's shortcuts: every pixel in MPFR with all digits; and places worth zooming to.
#pragma once

#include <cstdio>  // before mpfr.h, which then declares its printing functions

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/mandelbrot/big_float.hpp"
#include "workloads/mandelbrot/deep_kernel.hpp"
#include "workloads/mandelbrot/deep_view.hpp"

namespace mandelbrot_tests {

using namespace shoal::workloads::mandelbrot;

// Complex numbers of any precision, as obvious as possible.
struct BigComplex {
  BigFloat re, im;
  explicit BigComplex(long bits) : re(bits), im(bits) {}
  BigComplex(const std::string& x, const std::string& y, long bits) : re(x, bits), im(y, bits) {}

  void square_and_add(const BigComplex& c) {  // z := z^2 + c
    multiply(BigComplex(*this));
    add(c);
  }
  void multiply(const BigComplex& b) {
    BigFloat x(re.bits()), y(re.bits());
    mpfr_fmms(x.get(), re.get(), b.re.get(), im.get(), b.im.get(), MPFR_RNDN);
    mpfr_fmma(y.get(), re.get(), b.im.get(), im.get(), b.re.get(), MPFR_RNDN);
    mpfr_set(re.get(), x.get(), MPFR_RNDN), mpfr_set(im.get(), y.get(), MPFR_RNDN);
  }
  void add(const BigComplex& b) {
    mpfr_add(re.get(), re.get(), b.re.get(), MPFR_RNDN), mpfr_add(im.get(), im.get(), b.im.get(), MPFR_RNDN);
  }
  void subtract_quotient(const BigComplex& above, const BigComplex& below) {  // z := z - a / b
    BigComplex product = above;
    BigComplex conjugate = below;
    mpfr_neg(conjugate.im.get(), conjugate.im.get(), MPFR_RNDN);
    product.multiply(conjugate);
    const BigFloat norm = below.norm_squared();
    mpfr_div(product.re.get(), product.re.get(), norm.get(), MPFR_RNDN), mpfr_div(product.im.get(), product.im.get(), norm.get(), MPFR_RNDN);
    mpfr_sub(re.get(), re.get(), product.re.get(), MPFR_RNDN), mpfr_sub(im.get(), im.get(), product.im.get(), MPFR_RNDN);
  }
  BigFloat norm_squared() const {
    BigFloat sum(re.bits());
    mpfr_fmma(sum.get(), re.get(), re.get(), im.get(), im.get(), MPFR_RNDN);
    return sum;
  }
};

// z_n and dz_n/dc, from z_0 = 0.
struct BigOrbit {
  BigComplex z, d, c;
  explicit BigOrbit(const BigComplex& point) : z(point.re.bits()), d(point.re.bits()), c(point) {}
  void step() {
    d.multiply(z);
    mpfr_mul_2ui(d.re.get(), d.re.get(), 1, MPFR_RNDN), mpfr_mul_2ui(d.im.get(), d.im.get(), 1, MPFR_RNDN);
    mpfr_add_ui(d.re.get(), d.re.get(), 1, MPFR_RNDN);
    z.square_and_add(c);
  }
};

// Where a minibrot is: the centre of the one of least period within `radius` of a point; found by the first n with
// |z_n| < radius |dz_n/dc|, and Newton's method for z_n(c) = 0.
struct Minibrot {
  std::string x, y;  // all digits
  int period = 0;
  std::string extent = {};  // of tips: four radii, in which the whole minibrot is
};

inline std::string digits_of(const BigFloat& value) {
  char* text = nullptr;
  mpfr_asprintf(&text, "%.*Re", static_cast<int>(static_cast<double>(value.bits()) * 0.302), value.get());
  std::string digits = text;
  mpfr_free_str(text);
  return digits;
}

inline Minibrot minibrot_near(const std::string& x, const std::string& y, const std::string& radius, long bits, int most = 20000) {
  BigComplex c(x, y, bits);
  BigFloat size(radius, bits);
  mpfr_add(c.re.get(), c.re.get(), size.get(), MPFR_RNDN);  // beside the point, at the radius
  mpfr_div_ui(size.get(), size.get(), 4, MPFR_RNDN);
  mpfr_sqr(size.get(), size.get(), MPFR_RNDN);
  Minibrot found;
  BigOrbit orbit(c);
  for (int n = 1; n <= most && found.period == 0; ++n) {
    orbit.step();
    BigFloat reach = orbit.d.norm_squared();
    mpfr_mul(reach.get(), reach.get(), size.get(), MPFR_RNDN);
    if (mpfr_less_p(orbit.z.norm_squared().get(), reach.get())) found.period = n;
  }
  for (int step = 0; step < 40; ++step) {
    BigOrbit again(c);
    for (int n = 0; n < found.period; ++n) again.step();
    c.subtract_quotient(again.z, again.d);
  }
  found.x = digits_of(c.re), found.y = digits_of(c.im);
  return found;
}

// The tip of a minibrot's antenna, what c = -2 is to the whole set: z_{2p} = z_{3p}. By Newton's method from two of its radii
// beside the centre; a radius is 1 / (b l^2) with l_n = 2 z_1 ... 2 z_n, b = 1 + 1/l_1 + ... + 1/l_{p-1}, l = l_{p-1}.
inline Minibrot tip_of(const Minibrot& minibrot, long bits) {
  BigComplex c(minibrot.x, minibrot.y, bits), l("1", "0", bits), b("1", "0", bits);
  BigOrbit centre(c);
  for (int n = 1; n < minibrot.period; ++n) {
    centre.step();
    BigComplex twice = centre.z;
    twice.add(centre.z);
    l.multiply(twice);
    b.subtract_quotient(BigComplex("-1", "0", bits), l);
  }
  b.multiply(l), b.multiply(l);
  c.subtract_quotient(BigComplex("2", "0", bits), b);
  BigFloat extent = b.norm_squared();
  mpfr_rec_sqrt(extent.get(), extent.get(), MPFR_RNDN);
  mpfr_mul_ui(extent.get(), extent.get(), 4, MPFR_RNDN);
  for (int step = 0; step < 40; ++step) {
    BigOrbit orbit(c);
    for (int n = 0; n < 2 * minibrot.period; ++n) orbit.step();
    BigComplex z = orbit.z, d = orbit.d;
    for (int n = 0; n < minibrot.period; ++n) orbit.step();
    z.multiply(BigComplex("-1", "0", bits)), d.multiply(BigComplex("-1", "0", bits));
    z.add(orbit.z), d.add(orbit.d);
    c.subtract_quotient(z, d);
  }
  return {digits_of(c.re), digits_of(c.im), minibrot.period, digits_of(extent)};
}

// A square view.
inline View square_view(const std::string& x, const std::string& y, const std::string& width, std::int64_t n) {
  View view;
  view.x.n = view.y.n = n;
  view.x.center_text = x, view.y.center_text = y;
  view.x.span_text = view.y.span_text = width;
  view.x.center = std::stod(x), view.y.center = std::stod(y);
  view.x.span = view.y.span = BigFloat(width, 64).to_double();
  return view;
}

struct ExactPixel {
  std::uint32_t iterations = 0;  // the first n with |z_n| > 2; 0: none
  double smooth = 0, distance = 0;  // at the first |z_n| > 256; distance in pixel widths
};

// One pixel in MPFR. Its offset is the double that the kernel has: the grid is part of the definition.
inline ExactPixel exact_pixel(const View& view, std::int64_t column, std::int64_t row, std::int64_t max_iterations) {
  const DeepView deep(view, max_iterations, 0);
  const long bits = deep.precision();
  BigComplex c(view.x.center_text, view.y.center_text, bits);
  const auto add = [bits](BigFloat& sum, ScaledReal offset) {
    BigFloat term(bits);
    mpfr_set_d(term.get(), offset.mantissa, MPFR_RNDN);
    if (!term.is_zero()) mpfr_mul_2si(term.get(), term.get(), static_cast<long>(offset.exponent), MPFR_RNDN);
    mpfr_add(sum.get(), sum.get(), term.get(), MPFR_RNDN);
  };
  add(c.re, deep.offset_x(column)), add(c.im, deep.offset_y(row));
  BigOrbit orbit(c);
  ExactPixel pixel;
  for (std::int64_t n = 1; n <= max_iterations || pixel.iterations != 0; ++n) {
    orbit.step();
    const BigFloat norm = orbit.z.norm_squared();
    if (pixel.iterations == 0 && mpfr_cmp_ui(norm.get(), 4) > 0) pixel.iterations = static_cast<std::uint32_t>(n);
    if (mpfr_cmp_ui(norm.get(), 65536) <= 0) continue;
    BigFloat log(bits), d = orbit.d.norm_squared(), width(bits);
    mpfr_log(log.get(), norm.get(), MPFR_RNDN);  // 2 log|z|
    pixel.smooth = static_cast<double>(n + 1) - std::log2(log.to_double() / 2);
    mpfr_set_d(width.get(), deep.pixel().mantissa, MPFR_RNDN);
    mpfr_mul_2si(width.get(), width.get(), static_cast<long>(deep.pixel().exponent), MPFR_RNDN);
    mpfr_sqrt(d.get(), d.get(), MPFR_RNDN);
    mpfr_mul(d.get(), d.get(), width.get(), MPFR_RNDN);
    BigFloat z = norm;
    mpfr_sqrt(z.get(), z.get(), MPFR_RNDN);
    mpfr_mul(z.get(), z.get(), log.get(), MPFR_RNDN);
    mpfr_div(z.get(), z.get(), d.get(), MPFR_RNDN);
    pixel.distance = z.to_double();
    return pixel;
  }
  return pixel;
}

struct Picture {
  std::vector<std::uint32_t> iterations;
  std::vector<float> smooth, distance;
  PixelCounts counts;
};

// The whole view by a kernel.
inline Picture picture_of(const TileKernel& kernel, const View& view, bool floats) {
  Picture picture;
  picture.iterations.resize(view.n_pixels());
  if (floats) picture.smooth.resize(view.n_pixels()), picture.distance.resize(view.n_pixels());
  const shoal::tasks::Bytes shared = kernel.shared_part();
  const auto workspace = kernel.make_workspace();
  const shoal::tasks::StopToken stop;
  if (!kernel.compute({0, view.n_pixels()}, {picture.iterations, picture.smooth, picture.distance}, picture.counts, shared, workspace.get(), stop))
    picture.iterations.clear();
  return picture;
}

// How pixels of a picture compare with the exact ones.
struct Comparison {
  int compared = 0;
  int different = 0;             // iterations
  double smooth_error = 0;       // largest, of equal pixels at least `kClear` pixels from the set
  double distance_error = 0;     // the same, relative
};

constexpr double kClear = 1e-3;

inline Comparison compare(const Picture& picture, const View& view, std::int64_t max_iterations, int samples) {
  Comparison comparison;
  for (int k = 0; k < samples; ++k) {  // a Kronecker sequence: spread evenly, the same everywhere
    const auto column = static_cast<std::int64_t>(static_cast<std::uint64_t>(k) * 2654435769u % 4294967296u * static_cast<std::uint64_t>(view.x.n) >> 32);
    const std::int64_t row = k * view.y.n / samples;
    const auto at = static_cast<std::size_t>(row * view.x.n + column);
    const ExactPixel exact = exact_pixel(view, column, row, max_iterations);
    ++comparison.compared;
    if (picture.iterations[at] != exact.iterations) {
      ++comparison.different;
    } else if (exact.iterations != 0 && !picture.smooth.empty() && exact.distance > kClear) {
      comparison.smooth_error = std::max(comparison.smooth_error, std::abs(static_cast<double>(picture.smooth[at]) - exact.smooth));
      comparison.distance_error = std::max(comparison.distance_error, std::abs(static_cast<double>(picture.distance[at]) / exact.distance - 1));
    }
  }
  return comparison;
}

}  // namespace mandelbrot_tests
