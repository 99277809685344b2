// SPDX-License-Identifier: Apache-2.0
// How the pixels of a view are computed. One object a rank, made equal on all from the input; threads use it at the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shoal/tasks/job.hpp"
#include "workloads/mandelbrot/view.hpp"

namespace shoal::workloads::mandelbrot {

// Consecutive pixels of the picture, row by row: pixel p is column p % x.n of row p / x.n. Whole rows, or parts of them.
struct PixelRun {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// What to compute for each pixel of a run, at the same position. An empty span: not wanted.
struct PixelValues {
  std::span<std::uint32_t> iterations;  // the n at which |z_n| > 2 first; 0: none up to max_iterations. Always wanted
  std::span<float> smooth;    // n + 1 - log2(log|z_n|) at the first |z_n| > 256; NaN where iterations is 0
  std::span<float> distance;  // 2 |z| log|z| / |dz/dc| at the same n, in pixel widths (float32 ends at 1e-38 of the
                              // plane); NaN where iterations is 0
};

// Sums over a run that the values do not tell.
struct PixelCounts {
  std::uint64_t undecided = 0;  // inside by max_iterations alone: neither a test nor a period told so
  std::uint64_t filled = 0;     // not computed: taken from the border around them (subdivision.hpp)
};

class TileKernel {
 public:
  virtual ~TileKernel() = default;

  // Rank 0, once a run of the program: what all ranks need and only one should compute, such as a reference orbit. Sent to
  // each rank once, and handed to every compute(). Pure.
  virtual tasks::Bytes shared_part() const { return {}; }

  // Memory of one thread, reused from run to run; null: none needed. It must not influence any result.
  virtual std::unique_ptr<tasks::Workspace> make_workspace() const { return nullptr; }

  // Pure. False: it gave up because of the stop token (poll it at least every 0.2 s).
  virtual bool compute(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part,
                       tasks::Workspace* workspace, const tasks::StopToken& stop) const = 0;

  // Iterations of single pixels, by their numbers, for whom it falls to choose them; adds to `counts`. Else as compute().
  virtual bool compute_pixels(std::span<const std::uint64_t> pixels, std::span<std::uint32_t> iterations, PixelCounts& counts,
                              tasks::ByteView shared_part, tasks::Workspace* workspace, const tasks::StopToken& stop) const = 0;

  // The same as compute() in another way, where there is one (a slow, obvious reference): for `shoal verify`.
  virtual bool compute_otherwise(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part,
                                 tasks::Workspace* workspace, const tasks::StopToken& stop) const {
    return compute(run, values, counts, shared_part, workspace, stop);
  }

  // Memory of each rank and of each of its threads, for the estimate.
  virtual std::int64_t rank_bytes() const { return 0; }

  // Lines for `shoal check`: "label       text", the text from column 12 on.
  virtual std::vector<std::string> describe() const { return {}; }
};

struct MandelbrotParameters;

// One value a pixel from binary64 arithmetic at c = x_i + i y_j ("direct").
std::unique_ptr<TileKernel> make_direct_kernel(const View& view, const MandelbrotParameters& parameters);

}  // namespace shoal::workloads::mandelbrot
