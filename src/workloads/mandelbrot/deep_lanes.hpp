// SPDX-License-Identifier: Apache-2.0
// Many perturbed orbits at once, one a lane, where every step counts: from the end of bilinear approximation to the escape most
// of the time goes here.
#pragma once

#include <cstdint>
#include <span>

#include "shoal/tasks/job.hpp"
#include "workloads/mandelbrot/scaled.hpp"

namespace shoal::workloads::mandelbrot {

// One orbit; the operations on it are those of DeepOrbits::walk for plain doubles, whatever lane it is in.
struct LaneOrbit {
  PlainComplex z, d, c;      // difference from the reference, dz/dc, offset of the pixel
  std::int64_t n = 0;        // of the pixel's own orbit
  std::int64_t m = 0;        // in the reference
  double norm_squared = 0;   // |Z_m + z|^2, if it escaped
  bool escaped = false;
};

struct LaneReference {
  const PlainComplex* values = nullptr;  // Z_0 .. Z_last
  std::int64_t last = 0;
  std::int64_t limit = 0;     // of n
  double pixel = 0;           // unit of derivatives
  double least = 0;           // of |re z| + |im z|
  bool derivative = false;    // follow d too
};

// Advances each orbit (n < limit; |re z| + |im z| >= least) by single steps until it escapes, n is the limit, or z is smaller
// than `least`. False: asked to stop, the orbits are then anywhere.
bool advance_in_lanes(const LaneReference& reference, std::span<LaneOrbit> orbits, const tasks::StopToken& stop);

}  // namespace shoal::workloads::mandelbrot
