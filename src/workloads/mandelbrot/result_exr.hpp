// SPDX-License-Identifier: Apache-2.0
// The numbers of a result as an OpenEXR file, for other programs that colour escape times. Channels and attributes are those of
// Kalles Fraktaler 2+ and its kin:
//
//   N   u4  whole iterations + IterationsBias; 0xffffffff inside
//   NF  f4  the fraction, in [0, 1); 0 inside. N + NF - IterationsBias is the smooth count n + 1 - log2(log|z|)
//   DE  f4  the distance estimate, in pixel widths; 0 inside
//   Iterations      max_iterations: a number or, beyond 2^31 - 1, its digits
//   IterationsBias  1024
//
// Without the array `smooth` N holds the plain iterations and NF is missing; without `distance` DE is. The first row is the
// largest y.
#pragma once

#include <string>

namespace shoal::workloads::mandelbrot {

// Writes `path`, which must not exist, from a complete or partial result (then of the preview); some rows at a time. Returns
// one line about it. Throws InputError (66) if there is nothing to write, (73) if `path` exists, Error (76) if it is no result
// of this workload, and what ExrWriter throws.
std::string exr_of_result(const std::string& result, const std::string& path);

}  // namespace shoal::workloads::mandelbrot
