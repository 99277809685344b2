// SPDX-License-Identifier: Apache-2.0
// Deep zooms by perturbation: pixels are followed as differences z from one reference orbit Z that is computed with all digits,
//
//   z_{n+1} = (2 Z_m + z_n) z_n + c,   c: the pixel's offset from the centre,
//
// and whenever |Z_m + z_n| < |z_n|, or the reference ends, the pixel begins the reference again (z := Z_m + z_n, m := 0), so that
// one reference serves all pixels (rebasing, after Zhuoran; https://mathr.co.uk/web/deep-zoom.html). Many steps at once where z
// is small: bilinear_table.hpp. Below 1e-300 with scaled numbers as long as z is that small.
//
// Exact in this sense: iteration counts are those of |Z_m + z_n| > 2 in these very operations, on any machine. They differ from
// exact arithmetic where the rounding of doubles decides: late pixels beside the boundary (tests count them).
#pragma once

#include <memory>

#include "workloads/mandelbrot/mandelbrot_parameters.hpp"
#include "workloads/mandelbrot/tile_kernel.hpp"
#include "workloads/mandelbrot/view.hpp"

namespace shoal::workloads::mandelbrot {

// Uses width, height, max_iterations and [deep] of the parameters. Pixels whose c is not followed to an escape count as undecided.
std::unique_ptr<TileKernel> make_deep_kernel(const View& view, const MandelbrotParameters& parameters);

}  // namespace shoal::workloads::mandelbrot
