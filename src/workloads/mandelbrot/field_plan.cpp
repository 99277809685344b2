// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/field_plan.hpp"

#include <algorithm>

#include "shoal/record/layout.hpp"
#include "workloads/mandelbrot/subdivision.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

constexpr std::int64_t kMemoryBytes = std::int64_t{64} << 20;  // of arrays: rank 0 holds them about four times while it writes
constexpr std::int64_t kTaskPixels = 16384;      // at least: a millisecond or more, some hundred times what a task costs
constexpr std::int64_t kLargestWindow = 131072;  // as large as a tile
constexpr std::int64_t kSubdividedPixels = 1 << 21;  // of a window: rows enough for subdivision, in 8 MiB
constexpr std::int64_t kTilesPerTask = 8;        // compressing these takes longer than making them durable
constexpr std::int64_t kTasksWanted = 64;        // but enough tasks for all
constexpr std::int64_t kFewestTasks = 16;        // though rows are computed twice then
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
      mirrored_(p.mirror),
      subdivided_(p.subdivides()),
      n_rows_(mirrored_ ? ceil_div(height_, 2) : height_) {
  preview_step_ = ceil_div(std::max(width_, height_), kPreviewPixels);
  if (in_files_) plan_tiles(p.tile_rows);
  else plan_rows(p.tile_rows);
}

void FieldPlan::plan_rows(std::int64_t rows_wanted) {
  const std::int64_t most_rows = std::max<std::int64_t>(1, kSubdividedPixels / width_);
  rows_per_task_ = std::max<std::int64_t>(1, kTaskPixels / width_);
  if (subdivided_) rows_per_task_ = std::max(rows_per_task_, std::min(kSubdivisionSide, most_rows));
  if (rows_wanted > 0) rows_per_task_ = rows_wanted;
  n_tasks_ = ceil_div(n_rows_, rows_per_task_);
  const std::int64_t pixels = width_ * std::min(rows_per_task_, height_);
  largest_window_ = static_cast<std::uint64_t>(subdivided_ ? std::min(pixels, width_ * most_rows) : std::min(pixels, kLargestWindow));
}

void FieldPlan::plan_tiles(std::int64_t rows_wanted) {
  n_tiles_ = static_cast<std::int64_t>(record::n_blocks(record::Type::u4, shape()));
  largest_tile_ = tile(0).count;
  const std::int64_t rows_per_tile = std::max<std::int64_t>(1, static_cast<std::int64_t>(largest_tile_) / width_);
  if (static_cast<std::int64_t>(largest_tile_) < width_) tiles_per_row_ = n_tiles_ / height_;
  else missing_ = largest_tile_ - tile(n_tiles_ - 1).count;
  const auto last_computed = static_cast<std::uint64_t>(n_rows_ * width_ - 1);
  n_computed_tiles_ = 1 + static_cast<std::int64_t>(record::block_of(record::Type::u4, shape(), last_computed));
  tiles_per_task_ = rows_wanted > 0 ? ceil_div(rows_wanted, rows_per_tile) : std::clamp<std::int64_t>(n_tiles_ / kTasksWanted, 1, kTilesPerTask);
  if (mirrored_ && missing_ > 0) {  // few rows computed twice, but tasks for some workers at least
    const auto few = ceil_div(static_cast<std::int64_t>(kTilesPerTask * missing_), static_cast<std::int64_t>(largest_tile_));
    const std::int64_t least = std::min(few, std::max<std::int64_t>(1, n_computed_tiles_ / kFewestTasks));
    if (rows_wanted == 0) tiles_per_task_ = std::max(tiles_per_task_, least);
    tiles_per_window_ = kTilesPerTask;
  }
  if (subdivided_) {
    const std::int64_t most = std::max<std::int64_t>(1, kSubdividedPixels / static_cast<std::int64_t>(largest_tile_));
    tiles_per_window_ = std::max(tiles_per_window_, std::min(most, ceil_div(kSubdivisionSide, rows_per_tile)));
    if (rows_wanted == 0) tiles_per_task_ = ceil_div(tiles_per_task_, tiles_per_window_) * tiles_per_window_;
  }
  tiles_per_window_ = std::min(tiles_per_window_, tiles_per_task_);
  n_tasks_ = ceil_div(n_computed_tiles_, tiles_per_task_);
  const auto all = static_cast<std::uint64_t>(n_rows_ * width_);
  largest_window_ = std::min(all, static_cast<std::uint64_t>(tiles_per_window_) * largest_tile_ + (mirrored_ ? missing_ : 0));
}

PixelRun FieldPlan::tile(std::int64_t tile) const {
  const record::Block block = record::block_at(record::Type::u4, shape(), static_cast<std::uint64_t>(tile));
  return {block.first, block.count};
}

std::int64_t FieldPlan::mirror_tile(std::int64_t tile) const {
  const std::int64_t bands = n_tiles_ / tiles_per_row_;  // of rows
  return (bands - 1 - tile / tiles_per_row_) * tiles_per_row_ + tile % tiles_per_row_;
}

PixelRun FieldPlan::counted(std::int64_t task) const {
  std::int64_t first = task * rows_per_task_ * width_, end = std::min((task + 1) * rows_per_task_, n_rows_) * width_;
  if (in_files_) {
    first = static_cast<std::int64_t>(tile(task * tiles_per_task_).first);
    const PixelRun last = tile(std::min((task + 1) * tiles_per_task_, n_computed_tiles_) - 1);
    end = std::min(static_cast<std::int64_t>(last.first + last.count), n_rows_ * width_);
  }
  return {static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(end - first)};
}

std::vector<Window> FieldPlan::windows(std::int64_t task) const {
  std::vector<Window> windows;
  if (in_files_) {
    const std::int64_t end = std::min((task + 1) * tiles_per_task_, n_computed_tiles_);
    for (std::int64_t first = task * tiles_per_task_; first < end; first += tiles_per_window_)
      windows.push_back(window_of_tiles(first, std::min(first + tiles_per_window_, end)));
    return windows;
  }
  const PixelRun all = counted(task);
  for (std::uint64_t first = all.first; first < all.first + all.count;) {
    Window window;
    add_parts(first, std::min(first + largest_window_, all.first + all.count), window);
    window.parts.resize(1);  // a row in the middle has a window of its own
    window.pixels = window.parts[0].run;
    windows.push_back(window);
    first += window.pixels.count;
  }
  return windows;
}

Window FieldPlan::window_of_tiles(std::int64_t first, std::int64_t end) const {
  Window window;
  window.first_tile = first;
  window.end_tile = end;
  const PixelRun last = tile(end - 1);
  const std::uint64_t own = tile(first).first, own_end = std::min(last.first + last.count, static_cast<std::uint64_t>(n_rows_ * width_));
  std::uint64_t begin = own;
  if (mirrored_ && own > 0 && missing_ > 0) {
    begin = own - missing_;
    window.parts.push_back({{begin, missing_}, 0});
  }
  add_parts(own, own_end, window);
  window.pixels = {begin, own_end - begin};
  return window;
}

// [first, end) as runs of pixels with the same weight.
void FieldPlan::add_parts(std::uint64_t first, std::uint64_t end, Window& window) const {
  const auto width = static_cast<std::uint64_t>(width_);
  const std::uint64_t middle = mirrored_ ? static_cast<std::uint64_t>(height_ / 2) * width : end;  // of odd heights, a row without mirror image
  if (first < middle) window.parts.push_back({{first, std::min(end, middle) - first}, mirrored_ ? 2U : 1U});
  if (middle < end) window.parts.push_back({{std::max(first, middle), end - std::max(first, middle)}, 1});
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
