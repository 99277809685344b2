// SPDX-License-Identifier: Apache-2.0
// Subdivision of rectangles, after Mariani and Silver: if the whole border of a rectangle has the same number of iterations, its
// interior is filled with that number; else a line in its middle is computed and both halves are looked at. Each call of compute()
// is subdivided by itself, in blocks of 64 x 64 pixels, level by level, so that all pixels of a level are computed together.
//
// It is exact where what the border says is true: sets of equal escape time have no holes, but a border is known at its pixels
// only, and a filament thinner than a pixel may pass between two of them. Then pixels that a full computation would resolve are
// filled over. So it is an option, never the default, and nothing for areas or for verification.
#pragma once

#include <memory>

#include "workloads/mandelbrot/tile_kernel.hpp"
#include "workloads/mandelbrot/view.hpp"

namespace shoal::workloads::mandelbrot {

// Pixels of a block's side: what is looked at first. Calls of fewer rows have smaller blocks.
inline constexpr std::int64_t kSubdivisionSide = 64;

// Computes pixels by `kernel`, but as few as subdivision needs; PixelCounts::filled tells how many it did not. Iterations alone:
// throws std::logic_error if smooth counts or distances are wanted.
std::unique_ptr<TileKernel> make_subdivided_kernel(const View& view, std::unique_ptr<TileKernel> kernel);

}  // namespace shoal::workloads::mandelbrot
