// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/subdivision.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace shoal::workloads::mandelbrot {
namespace {

constexpr std::size_t kBatch = 32768;          // pixels computed together, at most
constexpr std::int64_t kSmallestInterior = 4;  // sides: computing what is smaller costs less than another look at its border

// Columns [left, right] of rows [top, bottom], the border included.
struct Rectangle {
  std::int64_t left, right, top, bottom;
  std::int64_t columns() const { return right - left + 1; }
  std::int64_t rows() const { return bottom - top + 1; }
  bool has_interior() const { return columns() > 2 && rows() > 2; }
  bool is_small() const { return columns() - 2 < kSmallestInterior || rows() - 2 < kSmallestInterior; }
  std::uint64_t interior() const { return static_cast<std::uint64_t>((columns() - 2) * (rows() - 2)); }
};

struct Scratch final : tasks::Workspace {
  std::unique_ptr<tasks::Workspace> kernel;
  std::vector<Rectangle> level, next;   // their borders are known
  std::vector<std::uint64_t> wanted;    // numbers of pixels
  std::vector<std::uint32_t> answers;
};

// One call of compute().
class Subdivision {
 public:
  Subdivision(const TileKernel& kernel, std::int64_t width, const PixelRun& run, std::span<std::uint32_t> iterations, PixelCounts& counts,
              tasks::ByteView shared_part, Scratch& scratch, const tasks::StopToken& stop)
      : kernel_(kernel), width_(width), run_(run), iterations_(iterations), counts_(counts), shared_part_(shared_part), scratch_(scratch), stop_(stop) {}

  bool compute() {
    scratch_.level.clear();
    scratch_.wanted.clear();
    const auto first = static_cast<std::int64_t>(run_.first), end = static_cast<std::int64_t>(run_.first + run_.count);
    // A cut row, whole rows, a cut row.
    std::int64_t at = first;
    if (at % width_ != 0 || end - at < width_) {
      const std::int64_t row = at / width_, row_end = std::min(end, (row + 1) * width_);
      if (!blocks({at % width_, (row_end - 1) % width_, row, row})) return false;
      at = row_end;
    }
    if (end - at >= width_) {
      const std::int64_t rows = (end - at) / width_;
      if (!blocks({0, width_ - 1, at / width_, at / width_ + rows - 1})) return false;
      at += rows * width_;
    }
    if (at < end && !blocks({0, (end - 1) % width_, at / width_, at / width_})) return false;
    while (!scratch_.level.empty()) {
      if (!flush()) return false;
      scratch_.next.clear();
      for (const Rectangle& rectangle : scratch_.level)
        if (!look_at(rectangle)) return false;
      std::swap(scratch_.level, scratch_.next);
    }
    return flush();
  }

 private:
  std::uint32_t& value(std::int64_t column, std::int64_t row) {
    return iterations_[static_cast<std::size_t>(row * width_ + column) - run_.first];
  }

  // All borders of a rectangle's blocks.
  bool blocks(const Rectangle& all) {
    for (std::int64_t top = all.top; top <= all.bottom; top += kSubdivisionSide) {
      for (std::int64_t left = all.left; left <= all.right; left += kSubdivisionSide) {
        const Rectangle block{left, std::min(left + kSubdivisionSide - 1, all.right), top, std::min(top + kSubdivisionSide - 1, all.bottom)};
        if (!block.has_interior()) {
          if (!want(block)) return false;
          continue;
        }
        if (!want({block.left, block.right, block.top, block.top}) || !want({block.left, block.right, block.bottom, block.bottom}) ||
            !want({block.left, block.left, block.top + 1, block.bottom - 1}) || !want({block.right, block.right, block.top + 1, block.bottom - 1}))
          return false;
        scratch_.level.push_back(block);
      }
    }
    return true;
  }

  // Fills a rectangle, or wants its pixels or the line in its middle.
  bool look_at(const Rectangle& r) {
    if (is_uniform(r)) {
      const std::uint32_t n = value(r.left, r.top);
      for (std::int64_t row = r.top + 1; row < r.bottom; ++row) std::fill_n(&value(r.left + 1, row), r.columns() - 2, n);
      counts_.filled += r.interior();
      return true;
    }
    if (r.is_small()) return want({r.left + 1, r.right - 1, r.top + 1, r.bottom - 1});
    Rectangle one = r, other = r, line = {r.left + 1, r.right - 1, r.top + 1, r.bottom - 1};
    if (r.columns() >= r.rows()) line.left = line.right = one.right = other.left = (r.left + r.right) / 2;
    else line.top = line.bottom = one.bottom = other.top = (r.top + r.bottom) / 2;
    for (const Rectangle& half : {one, other})
      if (half.has_interior()) scratch_.next.push_back(half);
    return want(line);
  }

  bool is_uniform(const Rectangle& r) {
    const std::uint32_t n = value(r.left, r.top);
    for (std::int64_t column = r.left; column <= r.right; ++column)
      if (value(column, r.top) != n || value(column, r.bottom) != n) return false;
    for (std::int64_t row = r.top; row <= r.bottom; ++row)
      if (value(r.left, row) != n || value(r.right, row) != n) return false;
    return true;
  }

  bool want(const Rectangle& r) {
    for (std::int64_t row = r.top; row <= r.bottom; ++row) {
      for (std::int64_t column = r.left; column <= r.right; ++column) scratch_.wanted.push_back(static_cast<std::uint64_t>(row * width_ + column));
      if (scratch_.wanted.size() >= kBatch && !flush()) return false;
    }
    return true;
  }

  // Computes what is wanted.
  bool flush() {
    scratch_.answers.resize(scratch_.wanted.size());
    if (!kernel_.compute_pixels(scratch_.wanted, scratch_.answers, counts_, shared_part_, scratch_.kernel.get(), stop_)) return false;
    for (std::size_t k = 0; k < scratch_.wanted.size(); ++k) iterations_[scratch_.wanted[k] - run_.first] = scratch_.answers[k];
    scratch_.wanted.clear();
    return true;
  }

  const TileKernel& kernel_;
  std::int64_t width_;
  PixelRun run_;
  std::span<std::uint32_t> iterations_;
  PixelCounts& counts_;
  tasks::ByteView shared_part_;
  Scratch& scratch_;
  const tasks::StopToken& stop_;
};

class SubdividedKernel final : public TileKernel {
 public:
  SubdividedKernel(const View& view, std::unique_ptr<TileKernel> kernel) : width_(view.x.n), kernel_(std::move(kernel)) {}

  tasks::Bytes shared_part() const override { return kernel_->shared_part(); }

  std::unique_ptr<tasks::Workspace> make_workspace() const override {
    auto scratch = std::make_unique<Scratch>();
    scratch->kernel = kernel_->make_workspace();
    return scratch;
  }

  bool compute(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part, tasks::Workspace* workspace,
               const tasks::StopToken& stop) const override {
    if (!values.smooth.empty() || !values.distance.empty()) throw std::logic_error("subdivision knows iterations only");
    counts = {};
    return Subdivision(*kernel_, width_, run, values.iterations, counts, shared_part, dynamic_cast<Scratch&>(*workspace), stop).compute();
  }

  bool compute_pixels(std::span<const std::uint64_t> pixels, std::span<std::uint32_t> iterations, PixelCounts& counts, tasks::ByteView shared_part,
                      tasks::Workspace* workspace, const tasks::StopToken& stop) const override {
    return kernel_->compute_pixels(pixels, iterations, counts, shared_part, dynamic_cast<Scratch&>(*workspace).kernel.get(), stop);
  }

  std::int64_t rank_bytes() const override { return kernel_->rank_bytes() + static_cast<std::int64_t>(kBatch) * 24; }

  std::vector<std::string> describe() const override {
    std::vector<std::string> lines = kernel_->describe();
    lines.push_back("subdivision blocks whose border has one number of iterations are filled with it, not computed");
    return lines;
  }

 private:
  std::int64_t width_;
  std::unique_ptr<TileKernel> kernel_;
};

}  // namespace

std::unique_ptr<TileKernel> make_subdivided_kernel(const View& view, std::unique_ptr<TileKernel> kernel) {
  return std::make_unique<SubdividedKernel>(view, std::move(kernel));
}

}  // namespace shoal::workloads::mandelbrot
