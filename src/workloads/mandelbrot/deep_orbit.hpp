// SPDX-License-Identifier: Apache-2.0
// The orbits of a deep zoom's pixels, one at a time: see deep_kernel.hpp for the method.
#pragma once

#include <cstdint>
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

  // `c`: of the pixel, from the centre. False: the stop token asks for an end.
  bool follow(const ScaledComplex& c, PixelWish wish, const tasks::StopToken& stop, PixelEnd& end) const;

  // Memory, for each step of the reference orbit: as received, as values, and the tables.
  static std::int64_t bytes_per_step(bool is_plain) { return is_plain ? 72 : 120; }

 private:
  enum class Pause { escaped, limit, other_numbers, poll };

  template <class Complex>
  struct Walk {
    Complex z, d;  // difference from the reference; dz/dc in 1 / pixel widths
  };
  struct Position {
    std::int64_t n = 0;  // of the pixel's own orbit
    std::int64_t m = 0;  // in the reference
    double norm_squared = 0;  // of the last point, if it escaped
  };

  template <bool kDerivative>
  bool follow(const ScaledComplex& c, bool far, const tasks::StopToken& stop, PixelEnd& end) const;
  template <bool kDerivative>
  Pause walk(Walk<PlainComplex>& walk, Position& at, PlainComplex c, std::int64_t limit, double bailout_squared) const;
  template <bool kDerivative>
  Pause walk(Walk<ScaledComplex>& walk, Position& at, const ScaledComplex& c, std::int64_t limit) const;

  ReferenceOrbit reference_;
  std::int64_t max_iterations_;
  bool is_plain_;
  ScaledReal pixel_;
  BilinearTable<PlainComplex, double> plain_;
  BilinearTable<ScaledComplex, ScaledReal> scaled_;
};

}  // namespace shoal::workloads::mandelbrot
