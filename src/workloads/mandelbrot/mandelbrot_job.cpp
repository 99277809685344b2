// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/mandelbrot_job.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "shoal/kernels/escape_time.hpp"
#include "workloads/mandelbrot/deep_kernel.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

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

// Rows that pieces touch.
std::int64_t first_row(const std::vector<PixelRun>& pieces, std::int64_t width) {
  return static_cast<std::int64_t>(pieces.front().first) / width;
}
std::int64_t end_row(const std::vector<PixelRun>& pieces, std::int64_t width) {
  return static_cast<std::int64_t>(pieces.back().first + pieces.back().count - 1) / width + 1;
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
};

// Iterations spent in the rows of a task.
struct MandelbrotJob::Rows {
  std::uint64_t first;
  std::vector<std::uint64_t> iterations;
};

MandelbrotJob::MandelbrotJob(const View& view, const MandelbrotParameters& p)
    : view_(view), max_iterations_(static_cast<std::uint64_t>(p.max_iterations)), plan_(p), is_direct_(p.uses_doubles(view)), wants_balance_(p.wants("balance")) {
  kernel_ = is_direct_ ? make_direct_kernel(view, p) : make_deep_kernel(view, p);
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
  scratch->iterations.resize(plan_.largest_piece());
  if (plan_.smooth()) scratch->smooth.resize(plan_.largest_piece());
  if (plan_.distance()) scratch->distance.resize(plan_.largest_piece());
  return scratch;
}

bool MandelbrotJob::run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const {
  return compute(input, false, dynamic_cast<Scratch&>(*workspace), output);
}

bool MandelbrotJob::run_otherwise(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const {
  return compute(input, true, dynamic_cast<Scratch&>(*workspace), output);
}

bool MandelbrotJob::compute(const tasks::TaskInput& input, bool otherwise, Scratch& scratch, tasks::TaskOutput& output) const {
  const std::vector<PixelRun> pieces = plan_.pieces(input.id.task);
  TileSums sums;
  Rows rows{static_cast<std::uint64_t>(first_row(pieces, plan_.width())), {}};
  rows.iterations.resize(static_cast<std::size_t>(end_row(pieces, plan_.width())) - rows.first);
  std::vector<std::uint32_t> preview;
  tasks::Bytes arrays;
  std::int64_t tile = plan_.first_piece(input.id.task);
  for (const PixelRun& piece : pieces) {
    const auto part = [&piece](auto& array) { return std::span(array).first(array.empty() ? 0 : piece.count); };
    const PixelValues values{part(scratch.iterations), part(scratch.smooth), part(scratch.distance)};
    PixelCounts counts;
    const bool done = otherwise ? kernel_->compute_otherwise(piece, values, counts, input.common_payload, scratch.kernel.get(), input.stop)
                                : kernel_->compute(piece, values, counts, input.common_payload, scratch.kernel.get(), input.stop);
    if (!done) return false;
    add_sums(piece, scratch, counts.undecided, rows, sums);
    std::int64_t field = 0;
    const auto keep = [&](auto array) {
      if (plan_.in_files()) append(std::span<const std::byte>(output.tiles->put({field++, tile}, std::as_bytes(array))), arrays);
      else append(std::span<const typename decltype(array)::value_type>(array), arrays);
    };
    if (plan_.iterations()) keep(values.iterations);
    if (plan_.smooth()) keep(values.smooth);
    if (plan_.distance()) keep(values.distance);
    if (plan_.in_files()) add_preview(piece, scratch, preview);
    ++tile;
  }
  append(std::span<const TileSums>(&sums, 1), output.result);
  append(std::span<const std::uint64_t>(rows.iterations), output.result);
  append(std::span<const std::byte>(arrays), output.result);
  append(std::span<const std::uint32_t>(preview), output.result);
  return true;
}

// `rows`: those of the task, from `first_row` on. Rows of a piece have the same weight.
void MandelbrotJob::add_sums(const PixelRun& piece, const Scratch& scratch, std::uint64_t undecided, Rows& rows, TileSums& sums) const {
  const auto width = static_cast<std::uint64_t>(plan_.width());
  TileSums of_piece;
  of_piece.undecided = undecided;
  for (std::uint64_t done = 0; done < piece.count;) {
    const std::uint64_t row = (piece.first + done) / width, end = std::min(piece.count, (row + 1) * width - piece.first);
    TileSums of_row;
    for (std::uint64_t k = done; k < end; ++k) {
      const std::uint32_t n = scratch.iterations[k];
      of_row.inside += n == 0;
      of_row.iterations += n;
      of_row.crossings += k > done && (n == 0) != (scratch.iterations[k - 1] == 0);
    }
    rows.iterations[row - rows.first] += of_row.iterations + of_row.inside * max_iterations_;
    of_piece.add(of_row);
    done = end;
  }
  sums.add(of_piece, plan_.weight(static_cast<std::int64_t>(piece.first / width)));
}

void MandelbrotJob::add_preview(const PixelRun& piece, const Scratch& scratch, std::vector<std::uint32_t>& preview) const {
  const auto width = static_cast<std::uint64_t>(plan_.width()), step = static_cast<std::uint64_t>(plan_.preview_step());
  for (std::uint64_t row = piece.first / width; row * width < piece.first + piece.count; ++row) {
    if (row % step != 0) continue;
    for (std::uint64_t column = 0; column < width; column += step) {
      const std::uint64_t pixel = row * width + column;
      if (pixel >= piece.first && pixel < piece.first + piece.count) preview.push_back(scratch.iterations[pixel - piece.first]);
    }
  }
}

void MandelbrotJob::fold(tasks::TaskId id, tasks::ByteView result) {
  const std::vector<PixelRun> pieces = plan_.pieces(id.task);
  TileSums sums;
  take(result, 1, &sums);
  field_.sums.add(sums);
  const std::int64_t first = first_row(pieces, plan_.width()), end = end_row(pieces, plan_.width());
  std::vector<std::uint64_t> rows(static_cast<std::size_t>(end - first));
  take(result, rows.size(), rows.data());
  for (std::int64_t row = first; row < end; ++row) {
    const std::uint64_t n = rows[static_cast<std::size_t>(row - first)];
    field_.row_iterations[static_cast<std::size_t>(row)] += n;
    if (plan_.weight(row) == 2) field_.row_iterations[static_cast<std::size_t>(plan_.height() - 1 - row)] += n;
  }
  for (const PixelRun& piece : pieces) {
    if (plan_.in_files()) result = result.subspan(std::min(result.size(), sizeof(tasks::TileHash) * static_cast<std::size_t>(plan_.n_arrays())));
    else take_arrays(piece, result);
    field_.n_pixels += piece.count;
  }
  if (plan_.in_files()) {
    const std::size_t n = result.size() / sizeof(std::uint32_t), before = field_.preview.size();
    field_.preview.resize(before + n);
    take(result, n, field_.preview.data() + before);
  }
  if (!result.empty()) throw std::invalid_argument("the result of a part of a picture is too long");
  ++n_folded_;
}

void MandelbrotJob::take_arrays(const PixelRun& piece, tasks::ByteView& result) {
  if (plan_.iterations()) take_values(piece, result, field_.iterations);
  if (plan_.smooth()) take_values(piece, result, field_.smooth);
  if (plan_.distance()) take_values(piece, result, field_.distance);
}

template <class T>
void MandelbrotJob::take_values(const PixelRun& piece, tasks::ByteView& result, std::vector<T>& array) {
  take(result, piece.count, array.data() + piece.first);
  const auto width = static_cast<std::uint64_t>(plan_.width()), height = static_cast<std::uint64_t>(plan_.height());
  if (plan_.weight(static_cast<std::int64_t>(piece.first / width)) == 1) return;
  for (std::uint64_t pixel = piece.first; pixel < piece.first + piece.count; ++pixel)
    array[(height - 1 - pixel / width) * width + pixel % width] = array[pixel];
}

// Iterations of every 16th pixel of every 16th row, or of the first row if there is none.
double MandelbrotJob::sampled_cost(const PixelRun& piece) const {
  constexpr std::int64_t kStep = 16;
  constexpr std::uint64_t kMost = 4096;  // iterations of a sample: enough to tell what is expensive
  const auto limit = static_cast<std::uint32_t>(std::min(max_iterations_, kMost));
  const auto arithmetic = kernels::EscapeArithmetic::fast;
  const auto first = static_cast<std::int64_t>(piece.first), end = static_cast<std::int64_t>(piece.first + piece.count);
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
  return cost / samples * static_cast<double>(piece.count);
}

double MandelbrotJob::cost_hint(tasks::TaskId id) const {
  if (!is_direct_) return 1;
  double cost = 0;
  for (const PixelRun& piece : plan_.pieces(id.task)) cost += sampled_cost(piece);
  return cost;
}

}  // namespace shoal::workloads::mandelbrot
