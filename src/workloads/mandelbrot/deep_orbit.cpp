// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/deep_orbit.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "workloads/mandelbrot/deep_lanes.hpp"

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
  if (!is_plain_) lanes_from_ = kScaledBelow;
  if (!approximate) return;
  plain_ = {reference_, view.radius().value(), tolerance, PlainComplex{is_plain_ ? 1.0 : 0.0, 0}};
  if (!is_plain_) scaled_ = {reference_, view.radius(), ScaledReal(tolerance, 0), ScaledComplex(1, 0, 0)};
  lanes_from_ = std::max(lanes_from_, plain_.largest_radius());
}

bool DeepOrbits::follow(std::span<const ScaledComplex> c, PixelWish wish, bool lanes, const tasks::StopToken& stop,
                        std::span<PixelEnd> ends) const {
  return wish.derivative ? follow<true>(c, wish.far, lanes, stop, ends) : follow<false>(c, wish.far, lanes, stop, ends);
}

// Each pixel alone as far as it goes, then single steps of all that are left in lanes, and so on until none is left.
template <bool kDerivative>
bool DeepOrbits::follow(std::span<const ScaledComplex> c, bool far, bool lanes, const tasks::StopToken& stop, std::span<PixelEnd> ends) const {
  const LaneReference shared{reference_.values(), reference_.last(), max_iterations_, pixel_.value(), lanes_from_, kDerivative};
  std::vector<Orbit> orbits(c.size());
  std::vector<std::size_t> left(c.size());
  for (std::size_t i = 0; i < c.size(); ++i) {
    orbits[i].c = c[i];
    orbits[i].in_doubles = is_plain_;
    left[i] = i;
  }
  std::vector<LaneOrbit> in_lanes;
  std::vector<char> escaped(c.size());
  while (!left.empty()) {
    std::vector<std::size_t> next;
    in_lanes.clear();
    for (const std::size_t i : left) {
      Orbit& orbit = orbits[i];
      const Pause pause = proceed<kDerivative>(orbit, escaped[i] != 0, far, lanes, stop, ends[i]);
      if (pause == Pause::poll) return false;
      if (pause != Pause::lanes) continue;
      in_lanes.push_back({orbit.plain.z, orbit.plain.d, orbit.c.value(), orbit.n, orbit.m, 0, false});
      next.push_back(i);
    }
    if (!advance_in_lanes(shared, in_lanes, stop)) return false;
    for (std::size_t k = 0; k < next.size(); ++k) {
      Orbit& orbit = orbits[next[k]];
      orbit.plain = {in_lanes[k].z, in_lanes[k].d};
      orbit.n = in_lanes[k].n, orbit.m = in_lanes[k].m, orbit.norm_squared = in_lanes[k].norm_squared;
      escaped[next[k]] = in_lanes[k].escaped;
    }
    left = std::move(next);
  }
  return true;
}

template <bool kDerivative>
DeepOrbits::Pause DeepOrbits::proceed(Orbit& orbit, bool escaped, bool far, bool lanes, const tasks::StopToken& stop, PixelEnd& end) const {
  for (Pause pause = escaped ? Pause::escaped : Pause::poll;;) {
    if (pause == Pause::limit || pause == Pause::lanes) return pause;
    if (pause == Pause::poll && stop.requested()) return pause;
    if (pause == Pause::other_numbers || (pause == Pause::escaped && !orbit.in_doubles)) {
      if (orbit.in_doubles) orbit.scaled = {ScaledComplex(orbit.plain.z), ScaledComplex(orbit.plain.d)};
      else orbit.plain = {orbit.scaled.z.value(), orbit.scaled.d.value()};
      orbit.in_doubles = !orbit.in_doubles;
    }
    if (pause == Pause::escaped) {
      if (!orbit.beyond) end.iterations = static_cast<std::uint32_t>(orbit.n);
      orbit.beyond = true;
      if (!far || orbit.norm_squared > kFarSquared) {
        end.far_n = orbit.n;
        end.norm_squared = orbit.norm_squared;
        end.derivative = orbit.plain.d;
        return pause;
      }
    }
    pause = orbit.in_doubles ? walk_plain<kDerivative>(orbit, lanes) : walk_scaled<kDerivative>(orbit);
  }
}

// advance_in_lanes() does the same steps.
template <bool kDerivative>
DeepOrbits::Pause DeepOrbits::walk_plain(Orbit& orbit, bool lanes) const {
  const PlainComplex* reference = reference_.values();
  const std::int64_t last = reference_.last();
  const PlainComplex c = orbit.c.value(), pixel{pixel_.value(), 0};
  const bool skips = !orbit.beyond;  // behind |z| > 2 every step counts
  const std::int64_t limit = skips ? max_iterations_ : std::numeric_limits<std::int64_t>::max();
  const double bailout_squared = skips ? kEscapeSquared : kFarSquared;
  PlainComplex z = orbit.plain.z, d = orbit.plain.d;
  std::int64_t n = orbit.n, m = orbit.m;
  PlainComplex sum = reference[m] + z;
  Pause pause = Pause::poll;
  for (int step = 0; step < kStepsBetweenPolls; ++step) {
    const double before = norm1(z);
    if (n == limit) pause = Pause::limit;
    else if (!is_plain_ && before < kScaledBelow) pause = Pause::other_numbers;
    else if (lanes && skips && before >= lanes_from_) pause = Pause::lanes;
    if (pause != Pause::poll) break;
    const auto* skip = skips ? plain_.find(m, before, limit - n) : nullptr;
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
    orbit.norm_squared = norm2_squared(sum);
    if (orbit.norm_squared > bailout_squared) {
      pause = Pause::escaped;
      break;
    }
    if (m == last || norm1(sum) < norm1(z)) {
      z = sum;
      m = 0;
    }
  }
  orbit.plain = {z, d};
  orbit.n = n;
  orbit.m = m;
  return pause;
}

template <bool kDerivative>
DeepOrbits::Pause DeepOrbits::walk_scaled(Orbit& orbit) const {
  const ScaledComplex pixel(pixel_.mantissa, 0, pixel_.exponent);
  ScaledComplex &z = orbit.scaled.z, &d = orbit.scaled.d;
  for (int step = 0; step < kStepsBetweenPolls; ++step) {
    if (orbit.n == max_iterations_) return Pause::limit;
    const auto* skip = scaled_.find(orbit.m, norm1(z), max_iterations_ - orbit.n);
    if (skip) {
      if constexpr (kDerivative) d = skip->a * d + skip->b * pixel;
      z = skip->a * z + skip->b * orbit.c;
      orbit.n += skip->length;
      orbit.m += skip->length;
    } else {
      const ScaledComplex here = reference_.scaled(orbit.m);
      if constexpr (kDerivative) d = (here + z) * ScaledComplex(2, 0, 0) * d + pixel;
      z = (here + here + z) * z + orbit.c;
      ++orbit.n;
      ++orbit.m;
    }
    const ScaledComplex sum = reference_.scaled(orbit.m) + z;
    orbit.norm_squared = norm2_squared(sum.value());
    if (orbit.norm_squared > kEscapeSquared) return Pause::escaped;
    if (orbit.m == reference_.last() || norm1(sum) < norm1(z)) {
      z = sum;
      orbit.m = 0;
    }
    if (z.exponent >= kPlainFromExponent) return Pause::other_numbers;
  }
  return Pause::poll;
}

}  // namespace shoal::workloads::mandelbrot
