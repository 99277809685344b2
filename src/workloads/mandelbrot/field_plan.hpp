// SPDX-License-Identifier: Apache-2.0
// How a picture is cut into tasks. The cuts follow from the input alone; only chunks of tasks adapt to time.
//
//   no arrays, or arrays in memory   a task is so many rows; its values travel in its result
//   arrays in files                  a task is so many tiles of the streamed arrays (record/layout.hpp: slabs of rows, or parts of
//                                    one row, of at most 512 KiB); each thread has one tile in memory, rank 0 none
#pragma once

#include <cstdint>
#include <vector>

#include "shoal/record/streamed.hpp"
#include "workloads/mandelbrot/mandelbrot_parameters.hpp"
#include "workloads/mandelbrot/tile_kernel.hpp"

namespace shoal::workloads::mandelbrot {

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
  std::int64_t rows_per_task() const { return rows_per_task_; }  // not of tasks of tiles

  // The runs of pixels that a task computes one after the other, in order: in files, each is one tile.
  std::int64_t first_piece(std::int64_t task) const { return task * pieces_per_task_; }
  std::vector<PixelRun> pieces(std::int64_t task) const;
  std::uint64_t largest_piece() const { return largest_piece_; }

  // How often a computed row counts: 2 with its mirror image.
  std::uint64_t weight(std::int64_t row) const { return mirrored_ && 2 * row + 1 != height_ ? 2 : 1; }

  // Of every `preview_step`-th column of every such row there is a preview while the picture is not complete.
  std::int64_t preview_step() const { return preview_step_; }
  std::int64_t preview_width() const { return (width_ + preview_step_ - 1) / preview_step_; }

  // The arrays as they will be in the result, without values.
  std::vector<record::StreamedDataset> arrays() const;

 private:
  std::vector<std::uint64_t> shape() const { return {static_cast<std::uint64_t>(height_), static_cast<std::uint64_t>(width_)}; }

  std::int64_t width_, height_;
  bool iterations_, smooth_, distance_, in_files_, mirrored_;
  std::int64_t rows_per_task_ = 1;
  std::int64_t pieces_per_task_ = 1;  // in files
  std::int64_t n_tasks_ = 0;
  std::uint64_t largest_piece_ = 0;
  std::int64_t preview_step_ = 1;
  std::int64_t n_tiles_ = 0;  // in files
};

}  // namespace shoal::workloads::mandelbrot
