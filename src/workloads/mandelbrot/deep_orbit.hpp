// SPDX-License-Identifier: Apache-2.0
// The orbits of a deep zoom's pixels: see deep_kernel.hpp for the method.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "shoal/tasks/job.hpp"
#include "workloads/mandelbrot/bilinear_table.hpp"
#include "workloads/mandelbrot/deep_view.hpp"
#include "workloads/mandelbrot/reference_orbit.hpp"
#include "workloads/mandelbrot/scaled.hpp"

namespace shoal::workloads::mandelbrot {

// What to find out about a pixel beside its iterations.
struct PixelWish {
  bool far = false;         // go on to |z| > 256
  bool derivative = false;  // needs `far`
};

struct PixelEnd {
  std::uint32_t iterations = 0;  // the first n with |z_n| > 2; 0: none up to max_iterations
  std::int64_t far_n = 0;        // the first n with |z_n| > 256
  double norm_squared = 0;       // |z|^2 there
  PlainComplex derivative;       // dz/dc there, in 1 / pixel widths
};

// Everything the pixels share; used by several threads at once.
class DeepOrbits {
 public:
  DeepOrbits(const DeepView& view, ReferenceOrbit reference, std::int64_t max_iterations, bool approximate, double tolerance);

  // Follows the pixels with offsets `c` from the centre to their `ends`. `lanes`: single steps of many pixels at once, with
  // the same results as one by one. False: the stop token asks for an end.
  bool follow(std::span<const ScaledComplex> c, PixelWish wish, bool lanes, const tasks::StopToken& stop, std::span<PixelEnd> ends) const;

  // Memory, for each step of the reference orbit: as received, as values, and the tables.
  static std::int64_t bytes_per_step(bool is_plain) { return is_plain ? 72 : 120; }

 private:
  enum class Pause { escaped, limit, other_numbers, lanes, poll };

  template <class Complex>
  struct Walk {
    Complex z, d;  // difference from the reference; dz/dc in 1 / pixel widths
  };
  // One pixel on its way.
  struct Orbit {
    ScaledComplex c;
    Walk<ScaledComplex> scaled;
    Walk<PlainComplex> plain;
    bool in_doubles = true;   // which of the two counts
    bool beyond = false;      // |z| > 2 was passed
    std::int64_t n = 0;       // of the pixel's own orbit
    std::int64_t m = 0;       // in the reference
    double norm_squared = 0;  // of the last point, if it escaped
  };

  // On to the next step that wants lanes, or to the end. `escaped`: it just has.
  template <bool kDerivative>
  Pause proceed(Orbit& orbit, bool escaped, bool far, bool lanes, const tasks::StopToken& stop, PixelEnd& end) const;
  template <bool kDerivative>
  Pause walk_plain(Orbit& orbit, bool lanes) const;
  template <bool kDerivative>
  Pause walk_scaled(Orbit& orbit) const;
  template <bool kDerivative>
  bool follow(std::span<const ScaledComplex> c, bool far, bool lanes, const tasks::StopToken& stop, std::span<PixelEnd> ends) const;

  ReferenceOrbit reference_;
  std::int64_t max_iterations_;
  bool is_plain_;
  ScaledReal pixel_;
  double lanes_from_ = 0;  // of |re z| + |im z|: from here on no approximation reaches, and doubles hold every difference
  BilinearTable<PlainComplex, double> plain_;
  BilinearTable<ScaledComplex, ScaledReal> scaled_;
};

}  // namespace shoal::workloads::mandelbrot
