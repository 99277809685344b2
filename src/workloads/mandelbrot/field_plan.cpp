// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/field_plan.hpp"

#include <algorithm>

#include "shoal/record/layout.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

constexpr std::int64_t kMemoryBytes = std::int64_t{64} << 20;  // of arrays: rank 0 holds them about four times while it writes
constexpr std::int64_t kTaskPixels = 16384;      // at least: a millisecond or more, some hundred times what a task costs
constexpr std::uint64_t kLargestPiece = 131072;  // as large as a tile
constexpr std::int64_t kTilesPerTask = 8;        // compressing these takes longer than making them durable
constexpr std::int64_t kTasksWanted = 64;        // but enough tasks for all
constexpr std::int64_t kPreviewPixels = 256;     // of the longer side
constexpr std::int64_t kValueBytes = 4;          // of all arrays, so that all have the same tiles

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

FieldPlan::FieldPlan(const MandelbrotParameters& p)
    : width_(p.width),
      height_(p.height),
      iterations_(p.wants("iterations") || p.wants("png")),
      smooth_(p.wants("smooth")),
      distance_(p.wants("distance")),
      in_files_(n_arrays() > 0 && (p.storage == "files" || (p.storage == "auto" && kValueBytes * n_arrays() * width_ * height_ > kMemoryBytes))),
      mirrored_(p.mirror) {
  preview_step_ = ceil_div(std::max(width_, height_), kPreviewPixels);
  if (in_files_) {
    n_tiles_ = static_cast<std::int64_t>(record::n_blocks(record::Type::u4, shape()));
    largest_piece_ = record::block_at(record::Type::u4, shape(), 0).count;
    const std::int64_t rows_per_tile = std::max<std::int64_t>(1, static_cast<std::int64_t>(largest_piece_) / width_);
    pieces_per_task_ = p.tile_rows > 0 ? ceil_div(p.tile_rows, rows_per_tile) : std::clamp<std::int64_t>(n_tiles_ / kTasksWanted, 1, kTilesPerTask);
    n_tasks_ = ceil_div(n_tiles_, pieces_per_task_);
  } else {
    rows_per_task_ = p.tile_rows > 0 ? p.tile_rows : std::max<std::int64_t>(1, kTaskPixels / width_);
    n_tasks_ = ceil_div(mirrored_ ? ceil_div(height_, 2) : height_, rows_per_task_);
    largest_piece_ = std::min(kLargestPiece, static_cast<std::uint64_t>(width_ * std::min(rows_per_task_, height_)));
  }
}

std::vector<PixelRun> FieldPlan::pieces(std::int64_t task) const {
  std::vector<PixelRun> pieces;
  if (in_files_) {
    for (std::int64_t tile = first_piece(task); tile < std::min((task + 1) * pieces_per_task_, n_tiles_); ++tile) {
      const record::Block block = record::block_at(record::Type::u4, shape(), static_cast<std::uint64_t>(tile));
      pieces.push_back({block.first, block.count});
    }
    return pieces;
  }
  const std::int64_t rows = mirrored_ ? ceil_div(height_, 2) : height_;
  const std::int64_t end_row = std::min((task + 1) * rows_per_task_, rows);
  const auto add = [&](std::int64_t from, std::int64_t to) {
    const auto end = static_cast<std::uint64_t>(to * width_);
    for (auto first = static_cast<std::uint64_t>(from * width_); first < end; first += largest_piece_)
      pieces.push_back({first, std::min(largest_piece_, end - first)});
  };
  const bool has_middle = mirrored_ && weight(end_row - 1) == 1;  // it has no mirror image
  add(task * rows_per_task_, end_row - has_middle);
  if (has_middle) add(end_row - 1, end_row);
  return pieces;
}

std::vector<record::StreamedDataset> FieldPlan::arrays() const {
  std::vector<record::StreamedDataset> arrays;
  const auto add = [&](const std::string& name, record::Type type, const std::string& units, const std::string& long_name) {
    record::StreamedDataset array;
    array.path = "results/" + name;
    array.form.type = type;
    array.form.shape = shape();
    array.form.dimensions = {"y", "x"};
    array.form.units = units;
    array.form.long_name = long_name;
    arrays.push_back(array);
  };
  if (iterations_) add("iterations", record::Type::u4, "1", "the n at which |z| > 2 first; 0: not within max_iterations");
  if (smooth_) add("smooth", record::Type::f4, "1", "n + 1 - log2(log|z|) at the first |z| > 256; NaN: inside");
  if (distance_) add("distance", record::Type::f4, "1", "estimated distance from the set in pixel widths, 2 |z| log|z| / |dz/dc| at the first |z| > 256; NaN: inside");
  return arrays;
}

}  // namespace shoal::workloads::mandelbrot
