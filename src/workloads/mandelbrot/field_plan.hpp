// SPDX-License-Identifier: Apache-2.0
// How a picture is cut into tasks. The cuts follow from the input alone; only chunks of tasks adapt to time.
//
//   no arrays, or arrays in memory   a task is so many rows; its values travel in its result
//   arrays in files                  a task is so many tiles of the streamed arrays (record/layout.hpp: slabs of rows, or parts of
//                                    one row, of at most 512 KiB); each thread has a window of these in memory, rank 0 none
//
// Of mirrored pictures only rows below the middle are computed, (height + 1) / 2 of them. In files a task makes the tiles of its
// rows and those of their mirror images. Where the last tile is s rows shorter than the others, mirror images of tiles begin s
// rows before tiles do, and each window computes these s rows again.
#pragma once

#include <cstdint>
#include <vector>

#include "shoal/record/streamed.hpp"
#include "workloads/mandelbrot/mandelbrot_parameters.hpp"
#include "workloads/mandelbrot/tile_kernel.hpp"

namespace shoal::workloads::mandelbrot {

// What a thread computes before anything is done with it: consecutive pixels, in parts that are computed by one call each.
struct Window {
  struct Part {
    PixelRun run;
    std::uint64_t weight;  // how often its pixels count in the picture: 2 with their mirror images; 0: another task counts them
  };
  PixelRun pixels;
  std::vector<Part> parts;
  std::int64_t first_tile = 0, end_tile = 0;  // in files: of these tiles it has all pixels, or their mirror images
};

class FieldPlan {
 public:
  FieldPlan(const MandelbrotParameters& parameters);

  std::int64_t width() const { return width_; }
  std::int64_t height() const { return height_; }
  bool iterations() const { return iterations_; }
  bool smooth() const { return smooth_; }
  bool distance() const { return distance_; }
  std::int64_t n_arrays() const { return iterations_ + smooth_ + distance_; }
  bool in_files() const { return in_files_; }
  bool mirrored() const { return mirrored_; }

  std::int64_t n_tasks() const { return n_tasks_; }

  // Of a task, in order.
  std::vector<Window> windows(std::int64_t task) const;
  std::uint64_t largest_window() const { return largest_window_; }  // pixels

  // The pixels that a task's result tells about: all but mirror images.
  PixelRun counted(std::int64_t task) const;

  // How often a computed row counts: 2 with its mirror image.
  std::uint64_t weight(std::int64_t row) const { return mirrored_ && 2 * row + 1 != height_ ? 2 : 1; }

  // In files. The elements of a tile, and the tile of its mirror images (which may be the tile itself).
  PixelRun tile(std::int64_t tile) const;
  std::int64_t mirror_tile(std::int64_t tile) const;
  std::uint64_t largest_tile() const { return largest_tile_; }

  // In a mirrored picture: the row whose values a row has.
  std::int64_t computed_row(std::int64_t row) const { return mirrored_ && row >= n_rows_ ? height_ - 1 - row : row; }

  // Of every `preview_step`-th column of every such row there is a preview while the picture is not complete.
  std::int64_t preview_step() const { return preview_step_; }
  std::int64_t preview_width() const { return (width_ + preview_step_ - 1) / preview_step_; }

  // The arrays as they will be in the result, without values.
  std::vector<record::StreamedDataset> arrays() const;

 private:
  void plan_rows(std::int64_t rows_wanted);
  void plan_tiles(std::int64_t rows_wanted);
  Window window_of_tiles(std::int64_t first, std::int64_t end) const;
  void add_parts(std::uint64_t first, std::uint64_t end, Window& window) const;
  std::vector<std::uint64_t> shape() const { return {static_cast<std::uint64_t>(height_), static_cast<std::uint64_t>(width_)}; }

  std::int64_t width_, height_;
  bool iterations_, smooth_, distance_, in_files_, mirrored_, subdivided_;
  std::int64_t n_rows_;               // that are computed
  std::int64_t n_tasks_ = 0;
  std::int64_t rows_per_task_ = 1;    // in memory
  std::uint64_t largest_window_ = 0;
  std::int64_t preview_step_ = 1;

  // In files:
  std::int64_t n_tiles_ = 0;          // of each array
  std::int64_t n_computed_tiles_ = 0; // that hold computed rows
  std::int64_t tiles_per_task_ = 1;
  std::int64_t tiles_per_window_ = 1;
  std::int64_t tiles_per_row_ = 1;    // of rows longer than a tile
  std::uint64_t missing_ = 0;         // elements that the last tile has less than others; of rows longer than a tile: 0
  std::uint64_t largest_tile_ = 0;
};

}  // namespace shoal::workloads::mandelbrot
