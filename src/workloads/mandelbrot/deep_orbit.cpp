// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/deep_orbit.hpp"

#include <limits>

namespace shoal::workloads::mandelbrot {
namespace {

constexpr double kEscapeSquared = 4.0;
constexpr double kFarSquared = 256.0 * 256.0;
constexpr int kStepsBetweenPolls = 4096;  // some 50 us

// Differences change from scaled numbers to doubles above the one and back below the other. Between them and the smallest
// double lie 500 binary orders for products of two and for derivatives, which may be smaller than the differences.
constexpr std::int64_t kPlainFromExponent = -400;
constexpr double kScaledBelow = 0x1p-500;

PlainComplex operator*(PlainComplex z, double x) { return {z.re * x, z.im * x}; }

}  // namespace

DeepOrbits::DeepOrbits(const DeepView& view, ReferenceOrbit reference, std::int64_t max_iterations, bool approximate, double tolerance)
    : reference_(std::move(reference)), max_iterations_(max_iterations), is_plain_(view.is_plain()), pixel_(view.pixel()) {
  if (!approximate) return;
  plain_ = {reference_, view.radius().value(), tolerance, PlainComplex{is_plain_ ? 1.0 : 0.0, 0}};
  if (!is_plain_) scaled_ = {reference_, view.radius(), ScaledReal(tolerance, 0), ScaledComplex(1, 0, 0)};
}

bool DeepOrbits::follow(const ScaledComplex& c, PixelWish wish, const tasks::StopToken& stop, PixelEnd& end) const {
  return wish.derivative ? follow<true>(c, wish.far, stop, end) : follow<false>(c, wish.far, stop, end);
}

template <bool kDerivative>
bool DeepOrbits::follow(const ScaledComplex& c, bool far, const tasks::StopToken& stop, PixelEnd& end) const {
  Walk<ScaledComplex> scaled;
  Walk<PlainComplex> plain;
  Position at;
  bool in_doubles = is_plain_;
  std::int64_t limit = max_iterations_;
  double bailout_squared = kEscapeSquared;
  end.iterations = 0;
  while (true) {
    const Pause pause = in_doubles ? walk<kDerivative>(plain, at, c.value(), limit, bailout_squared)
                                   : walk<kDerivative>(scaled, at, c, limit);
    if (pause == Pause::limit) return true;
    if (pause == Pause::poll && stop.requested()) return false;
    if (pause == Pause::other_numbers) {
      if (in_doubles) scaled = {ScaledComplex(plain.z), ScaledComplex(plain.d)};
      else plain = {scaled.z.value(), scaled.d.value()};
      in_doubles = !in_doubles;
    }
    if (pause != Pause::escaped) continue;
    if (end.iterations == 0) end.iterations = static_cast<std::uint32_t>(at.n);
    if (!far || at.norm_squared > kFarSquared) break;
    if (!in_doubles) plain = {scaled.z.value(), scaled.d.value()};
    in_doubles = true;
    limit = std::numeric_limits<std::int64_t>::max();
    bailout_squared = kFarSquared;
  }
  end.far_n = at.n;
  end.norm_squared = at.norm_squared;
  end.derivative = in_doubles ? plain.d : scaled.d.value();
  return !stop.requested();
}

template <bool kDerivative>
DeepOrbits::Pause DeepOrbits::walk(Walk<PlainComplex>& walk, Position& at, PlainComplex c, std::int64_t limit,
                                   double bailout_squared) const {
  const PlainComplex* reference = reference_.values();
  const std::int64_t last = reference_.last();
  const PlainComplex pixel{pixel_.value(), 0};
  const bool skips = limit == max_iterations_;  // behind |z| > 2 every step counts
  PlainComplex z = walk.z, d = walk.d;
  std::int64_t n = at.n, m = at.m;
  PlainComplex sum = reference[m] + z;
  Pause pause = Pause::poll;
  for (int step = 0; step < kStepsBetweenPolls; ++step) {
    if (n == limit) {
      pause = Pause::limit;
      break;
    }
    const auto* skip = skips ? plain_.find(m, norm1(z), limit - n) : nullptr;
    if (skip) {
      if constexpr (kDerivative) d = skip->a * d + skip->b * pixel;
      z = skip->a * z + skip->b * c;
      n += skip->length;
      m += skip->length;
    } else {
      if constexpr (kDerivative) d = (sum * 2) * d + pixel;
      z = (reference[m] + sum) * z + c;
      ++n;
      ++m;
    }
    sum = reference[m] + z;
    at.norm_squared = norm2_squared(sum);
    if (at.norm_squared > bailout_squared) {
      pause = Pause::escaped;
      break;
    }
    const double size = norm1(z);
    if (m == last || norm1(sum) < size) {
      z = sum;
      m = 0;
    }
    if (!is_plain_ && size < kScaledBelow) {
      pause = Pause::other_numbers;
      break;
    }
  }
  walk = {z, d};
  at.n = n;
  at.m = m;
  return pause;
}

template <bool kDerivative>
DeepOrbits::Pause DeepOrbits::walk(Walk<ScaledComplex>& walk, Position& at, const ScaledComplex& c, std::int64_t limit) const {
  const ScaledComplex pixel(pixel_.mantissa, 0, pixel_.exponent);
  ScaledComplex& z = walk.z;
  for (int step = 0; step < kStepsBetweenPolls; ++step) {
    if (at.n == limit) return Pause::limit;
    const auto* skip = scaled_.find(at.m, norm1(z), limit - at.n);
    if (skip) {
      if constexpr (kDerivative) walk.d = skip->a * walk.d + skip->b * pixel;
      z = skip->a * z + skip->b * c;
      at.n += skip->length;
      at.m += skip->length;
    } else {
      const ScaledComplex here = reference_.scaled(at.m);
      if constexpr (kDerivative) walk.d = (here + z) * ScaledComplex(2, 0, 0) * walk.d + pixel;
      z = (here + here + z) * z + c;
      ++at.n;
      ++at.m;
    }
    const ScaledComplex sum = reference_.scaled(at.m) + z;
    at.norm_squared = norm2_squared(sum.value());
    if (at.norm_squared > kEscapeSquared) return Pause::escaped;
    if (at.m == reference_.last() || norm1(sum) < norm1(z)) {
      z = sum;
      at.m = 0;
    }
    if (z.exponent >= kPlainFromExponent) return Pause::other_numbers;
  }
  return Pause::poll;
}

}  // namespace shoal::workloads::mandelbrot
