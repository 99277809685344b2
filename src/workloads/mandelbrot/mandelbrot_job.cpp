// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/mandelbrot_job.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "shoal/kernels/escape_time.hpp"
#include "workloads/mandelbrot/deep_kernel.hpp"
#include "workloads/mandelbrot/subdivision.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

constexpr std::size_t kValueBytes = 4;  // of all arrays

template <class T>
void append(std::span<const T> values, tasks::Bytes& bytes) {
  const auto raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

// Takes the first n values off the front.
template <class T>
void take(tasks::ByteView& bytes, std::size_t n, T* to) {
  if (bytes.size() < n * sizeof(T)) throw std::invalid_argument("the result of a part of a picture is cut");
  if (n > 0) std::memcpy(to, bytes.data(), n * sizeof(T));
  bytes = bytes.subspan(n * sizeof(T));
}

// Rows that a run of pixels touches.
std::int64_t first_row(const PixelRun& run, std::int64_t width) { return static_cast<std::int64_t>(run.first) / width; }
std::int64_t end_row(const PixelRun& run, std::int64_t width) { return static_cast<std::int64_t>(run.first + run.count - 1) / width + 1; }

// The part of a window's values that belongs to a run in it; nothing of arrays that are not wanted.
template <class T>
std::span<T> part_of(std::vector<T>& array, const Window& window, const PixelRun& run) {
  return array.empty() ? std::span<T>() : std::span(array).subspan(run.first - window.pixels.first, run.count);
}

}  // namespace

void TileSums::add(const TileSums& other, std::uint64_t times) {
  inside += times * other.inside;
  undecided += times * other.undecided;
  iterations += times * other.iterations;
  crossings += times * other.crossings;
}

struct MandelbrotJob::Scratch final : tasks::Workspace {
  std::unique_ptr<tasks::Workspace> kernel;
  std::vector<std::uint32_t> iterations;
  std::vector<float> smooth, distance;
  tasks::Bytes mirrored;  // a tile
};

// Iterations spent in the rows of a task.
struct MandelbrotJob::Rows {
  std::uint64_t first;
  std::vector<std::uint64_t> iterations;
};

MandelbrotJob::MandelbrotJob(const View& view, const MandelbrotParameters& p)
    : view_(view), max_iterations_(static_cast<std::uint64_t>(p.max_iterations)), plan_(p), is_direct_(p.uses_doubles(view)), wants_balance_(p.wants("balance")),
      is_subdivided_(p.subdivides()) {
  kernel_ = is_direct_ ? make_direct_kernel(view, p) : make_deep_kernel(view, p);
  if (is_subdivided_) kernel_ = make_subdivided_kernel(view, std::move(kernel_));
}

tasks::Round MandelbrotJob::prepare_round(std::int64_t, std::int64_t round) {
  tasks::Round next;
  if (round > 0) return next;
  next.n_tasks = plan_.n_tasks();
  next.common_payload = kernel_->shared_part();
  field_.row_iterations.assign(static_cast<std::size_t>(plan_.height()), 0);
  if (plan_.in_files()) return next;
  const auto n = static_cast<std::size_t>(plan_.width() * plan_.height());
  if (plan_.iterations()) field_.iterations.resize(n);
  if (plan_.smooth()) field_.smooth.resize(n);
  if (plan_.distance()) field_.distance.resize(n);
  return next;
}

std::unique_ptr<tasks::Workspace> MandelbrotJob::make_workspace() const {
  auto scratch = std::make_unique<Scratch>();
  scratch->kernel = kernel_->make_workspace();
  scratch->iterations.resize(plan_.largest_window());
  if (plan_.smooth()) scratch->smooth.resize(plan_.largest_window());
  if (plan_.distance()) scratch->distance.resize(plan_.largest_window());
  return scratch;
}

bool MandelbrotJob::run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const {
  return compute(input, false, dynamic_cast<Scratch&>(*workspace), output);
}

bool MandelbrotJob::run_otherwise(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const {
  return compute(input, true, dynamic_cast<Scratch&>(*workspace), output);
}

bool MandelbrotJob::compute(const tasks::TaskInput& input, bool otherwise, Scratch& scratch, tasks::TaskOutput& output) const {
  const PixelRun counted = plan_.counted(input.id.task);
  TileSums sums;
  std::uint64_t filled = 0;
  Rows rows{static_cast<std::uint64_t>(first_row(counted, plan_.width())), {}};
  rows.iterations.resize(static_cast<std::size_t>(end_row(counted, plan_.width())) - rows.first);
  std::vector<std::uint32_t> preview;
  tasks::Bytes arrays;
  for (const Window& window : plan_.windows(input.id.task)) {
    for (const Window::Part& part : window.parts) {
      const PixelValues values{part_of(scratch.iterations, window, part.run), part_of(scratch.smooth, window, part.run), part_of(scratch.distance, window, part.run)};
      PixelCounts counts;
      const bool done = otherwise ? kernel_->compute_otherwise(part.run, values, counts, input.common_payload, scratch.kernel.get(), input.stop)
                                  : kernel_->compute(part.run, values, counts, input.common_payload, scratch.kernel.get(), input.stop);
      if (!done) return false;
      filled += part.weight * counts.filled;
      if (part.weight == 0) continue;
      add_sums(part, values.iterations, counts.undecided, rows, sums);
      if (plan_.in_files()) add_preview(part.run, values.iterations, preview);
    }
    if (plan_.in_files()) {
      put_tiles(window, scratch, *output.tiles, arrays);
      continue;
    }
    append(std::span<const std::uint32_t>(plan_.iterations() ? part_of(scratch.iterations, window, window.pixels) : std::span<std::uint32_t>()), arrays);
    append(std::span<const float>(part_of(scratch.smooth, window, window.pixels)), arrays);
    append(std::span<const float>(part_of(scratch.distance, window, window.pixels)), arrays);
  }
  append(std::span<const TileSums>(&sums, 1), output.result);
  if (is_subdivided_) append(std::span<const std::uint64_t>(&filled, 1), output.result);
  append(std::span<const std::uint64_t>(rows.iterations), output.result);
  append(std::span<const std::byte>(arrays), output.result);
  append(std::span<const std::uint32_t>(preview), output.result);
  return true;
}

// Each tile of a window and, in a mirrored picture, the one of its mirror images.
void MandelbrotJob::put_tiles(const Window& window, Scratch& scratch, tasks::TileSink& sink, tasks::Bytes& hashes) const {
  const auto width = static_cast<std::uint64_t>(plan_.width());
  const auto put_array = [&](std::int64_t field, std::int64_t tile, const auto& array) {
    const PixelRun run = plan_.tile(tile);
    const auto values = std::as_bytes(std::span(array));
    const auto bytes_from = [&](std::uint64_t pixel, std::uint64_t count) {
      return values.subspan((pixel - window.pixels.first) * kValueBytes, count * kValueBytes);
    };
    auto whole = plan_.computed_row(end_row(run, plan_.width()) - 1) == end_row(run, plan_.width()) - 1
                     ? bytes_from(run.first, run.count) : std::span<const std::byte>();
    if (whole.empty()) {  // row by row
      scratch.mirrored.resize(run.count * kValueBytes);
      for (std::uint64_t pixel = run.first; pixel < run.first + run.count;) {
        const std::uint64_t end = std::min((pixel / width + 1) * width, run.first + run.count);
        const auto row = static_cast<std::uint64_t>(plan_.computed_row(static_cast<std::int64_t>(pixel / width)));
        const auto from = bytes_from(row * width + pixel % width, end - pixel);
        std::memcpy(scratch.mirrored.data() + (pixel - run.first) * kValueBytes, from.data(), from.size());
        pixel = end;
      }
      whole = scratch.mirrored;
    }
    append(std::span<const std::byte>(sink.put({field, tile}, whole)), hashes);
  };
  const auto put = [&](std::int64_t tile) {
    std::int64_t field = 0;
    if (plan_.iterations()) put_array(field++, tile, scratch.iterations);
    if (plan_.smooth()) put_array(field++, tile, scratch.smooth);
    if (plan_.distance()) put_array(field++, tile, scratch.distance);
  };
  for (std::int64_t tile = window.first_tile; tile < window.end_tile; ++tile) {
    put(tile);
    if (plan_.mirrored() && plan_.mirror_tile(tile) != tile) put(plan_.mirror_tile(tile));
  }
}

// `rows`: those of the task.
void MandelbrotJob::add_sums(const Window::Part& part, std::span<const std::uint32_t> iterations, std::uint64_t undecided, Rows& rows, TileSums& sums) const {
  const PixelRun& run = part.run;
  const auto width = static_cast<std::uint64_t>(plan_.width());
  TileSums of_part;
  of_part.undecided = undecided;
  for (std::uint64_t done = 0; done < run.count;) {
    const std::uint64_t row = (run.first + done) / width, end = std::min(run.count, (row + 1) * width - run.first);
    TileSums of_row;
    for (std::uint64_t k = done; k < end; ++k) {
      const std::uint32_t n = iterations[k];
      of_row.inside += n == 0;
      of_row.iterations += n;
      of_row.crossings += k > done && (n == 0) != (iterations[k - 1] == 0);
    }
    rows.iterations[row - rows.first] += of_row.iterations + of_row.inside * max_iterations_;
    of_part.add(of_row);
    done = end;
  }
  sums.add(of_part, part.weight);
}

void MandelbrotJob::add_preview(const PixelRun& run, std::span<const std::uint32_t> iterations, std::vector<std::uint32_t>& preview) const {
  const auto width = static_cast<std::uint64_t>(plan_.width()), step = static_cast<std::uint64_t>(plan_.preview_step());
  for (std::uint64_t row = run.first / width; row * width < run.first + run.count; ++row) {
    if (row % step != 0) continue;
    for (std::uint64_t column = 0; column < width; column += step) {
      const std::uint64_t pixel = row * width + column;
      if (pixel >= run.first && pixel < run.first + run.count) preview.push_back(iterations[pixel - run.first]);
    }
  }
}

void MandelbrotJob::fold(tasks::TaskId id, tasks::ByteView result) {
  TileSums sums;
  take(result, 1, &sums);
  field_.sums.add(sums);
  std::uint64_t filled = 0;
  if (is_subdivided_) take(result, 1, &filled);
  field_.filled += filled;
  const PixelRun counted = plan_.counted(id.task);
  const std::int64_t first = first_row(counted, plan_.width()), end = end_row(counted, plan_.width());
  std::vector<std::uint64_t> rows(static_cast<std::size_t>(end - first));
  take(result, rows.size(), rows.data());
  for (std::int64_t row = first; row < end; ++row) {
    const std::uint64_t n = rows[static_cast<std::size_t>(row - first)];
    field_.row_iterations[static_cast<std::size_t>(row)] += n;
    if (plan_.weight(row) == 2) field_.row_iterations[static_cast<std::size_t>(plan_.height() - 1 - row)] += n;
  }
  field_.n_pixels += counted.count;
  for (const Window& window : plan_.windows(id.task)) {
    if (!plan_.in_files()) take_arrays(window, result);
    for (std::int64_t tile = window.first_tile; tile < window.end_tile; ++tile) {
      const bool two = plan_.mirrored() && plan_.mirror_tile(tile) != tile;
      result = result.subspan(std::min(result.size(), sizeof(tasks::TileHash) * static_cast<std::size_t>(plan_.n_arrays() * (1 + two))));
    }
  }
  if (plan_.in_files()) {
    const std::size_t n = result.size() / sizeof(std::uint32_t), before = field_.preview.size();
    field_.preview.resize(before + n);
    take(result, n, field_.preview.data() + before);
  }
  if (!result.empty()) throw std::invalid_argument("the result of a part of a picture is too long");
  ++n_folded_;
}

void MandelbrotJob::take_arrays(const Window& window, tasks::ByteView& result) {
  if (plan_.iterations()) take_values(window, result, field_.iterations);
  if (plan_.smooth()) take_values(window, result, field_.smooth);
  if (plan_.distance()) take_values(window, result, field_.distance);
}

template <class T>
void MandelbrotJob::take_values(const Window& window, tasks::ByteView& result, std::vector<T>& array) {
  const PixelRun& run = window.pixels;
  take(result, run.count, array.data() + run.first);
  const auto width = static_cast<std::uint64_t>(plan_.width()), height = static_cast<std::uint64_t>(plan_.height());
  if (window.parts[0].weight == 1) return;
  for (std::uint64_t pixel = run.first; pixel < run.first + run.count; ++pixel)
    array[(height - 1 - pixel / width) * width + pixel % width] = array[pixel];
}

// Iterations of every 16th pixel of every 16th row, or of the first row if there is none.
double MandelbrotJob::sampled_cost(const PixelRun& run) const {
  constexpr std::int64_t kStep = 16;
  constexpr std::uint64_t kMost = 4096;  // iterations of a sample: enough to tell what is expensive
  const auto limit = static_cast<std::uint32_t>(std::min(max_iterations_, kMost));
  const auto arithmetic = kernels::EscapeArithmetic::fast;
  const auto first = static_cast<std::int64_t>(run.first), end = static_cast<std::int64_t>(run.first + run.count);
  double cost = 0, samples = 0;
  for (std::int64_t row = first / plan_.width(); row * plan_.width() < end; row += kStep) {
    for (std::int64_t column = 0; column < plan_.width(); column += kStep) {
      const double x = view_.x.at(column), y = view_.y.at(row);
      if (!kernels::in_cardioid_or_disc(x, y)) {
        const std::uint32_t n = kernels::escape_time(arithmetic, x, y, limit).iterations;
        cost += static_cast<double>(n == 0 ? limit : n);
      }
      ++samples;
    }
  }
  return cost / samples * static_cast<double>(run.count);
}

double MandelbrotJob::cost_hint(tasks::TaskId id) const {
  if (!is_direct_) return 1;
  double cost = 0;
  for (const Window& window : plan_.windows(id.task))
    for (const Window::Part& part : window.parts) cost += sampled_cost(part.run);
  return cost;
}

}  // namespace shoal::workloads::mandelbrot
