// SPDX-License-Identifier: Apache-2.0
// Pixels by iterating in doubles (shoal/kernels/escape_time.hpp), in rectangles of whole or cut rows.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "shoal/kernels/escape_time.hpp"
#include "shoal/math/functions.hpp"
#include "workloads/mandelbrot/mandelbrot_parameters.hpp"
#include "workloads/mandelbrot/tile_kernel.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

using kernels::EscapeArithmetic;

constexpr double kBailoutSquare = 65536;  // |z| > 256: the neglected terms of the smooth count are below 1e-5 then
constexpr int kMostSteps = 1000;          // to get there from |z| > 2; only points such as -2 stay near 2 for long

struct Orbit {
  double c_real, c_imag, x, y;
  std::uint32_t n;
};

// On from the escape until |z| > 256.
void go_far(EscapeArithmetic arithmetic, Orbit& orbit) {
  for (int k = 0; k < kMostSteps && !(orbit.x * orbit.x + orbit.y * orbit.y > kBailoutSquare); ++k) {
    kernels::escape_step(arithmetic, orbit.x, orbit.y, orbit.c_real, orbit.c_imag);
    ++orbit.n;
  }
}

// log |z|
double log_size(double x, double y) { return 0.5 * math::log(x * x + y * y); }

struct Scratch final : tasks::Workspace {
  kernels::EscapeScratch escape;
  std::vector<double> x, y, z_real, z_imag;
  std::vector<std::uint32_t> order, n;  // of escaped pixels, by n
  std::vector<double> c_real, c_imag, far_real, far_imag, d_real, d_imag;
};

// Consecutive columns of consecutive rows; `first`: where its values begin.
struct Rectangle {
  std::int64_t column, row;
  std::size_t columns, rows, first;
};

// A run as rectangles of at most kEscapePoints pixels.
std::vector<Rectangle> rectangles(const PixelRun& run, std::int64_t width) {
  std::vector<Rectangle> parts;
  const auto wide = static_cast<std::uint64_t>(width);
  for (std::uint64_t done = 0; done < run.count;) {
    const std::uint64_t pixel = run.first + done, column = pixel % wide, left = run.count - done;
    std::uint64_t columns = std::min<std::uint64_t>({wide - column, left, kernels::kEscapePoints}), rows = 1;
    if (columns == wide) rows = std::max<std::uint64_t>(1, std::min(left, std::uint64_t{kernels::kEscapePoints}) / wide);
    parts.push_back({static_cast<std::int64_t>(column), static_cast<std::int64_t>(pixel / wide), columns, rows, done});
    done += columns * rows;
  }
  return parts;
}

class DirectKernel final : public TileKernel {
 public:
  DirectKernel(const View& view, const MandelbrotParameters& p)
      : view_(view),
        problem_{p.mode == "fast" ? EscapeArithmetic::fast : EscapeArithmetic::strict, static_cast<std::uint32_t>(p.max_iterations), p.interior_tests,
                 p.detects_periods()} {}

  std::unique_ptr<tasks::Workspace> make_workspace() const override { return std::make_unique<Scratch>(); }

  bool compute(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView, tasks::Workspace* workspace,
               const tasks::StopToken& stop) const override {
    auto& scratch = dynamic_cast<Scratch&>(*workspace);
    counts = {};
    for (const Rectangle& part : rectangles(run, view_.x.n)) {
      std::uint64_t undecided = 0;
      if (!compute(part, values, scratch, stop, undecided)) return false;
      counts.undecided += undecided;
    }
    return true;
  }

  bool compute_pixels(std::span<const std::uint64_t> pixels, std::span<std::uint32_t> iterations, PixelCounts& counts, tasks::ByteView,
                      tasks::Workspace* workspace, const tasks::StopToken& stop) const override;

  bool compute_otherwise(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part,
                         tasks::Workspace* workspace, const tasks::StopToken& stop) const override;

  std::int64_t rank_bytes() const override { return static_cast<std::int64_t>(kernels::kEscapePoints) * 236; }

  std::vector<std::string> describe() const override {
    const bool strict = problem_.arithmetic == EscapeArithmetic::strict;
    return {fmt::format("iteration   {}, up to {}; SIMD target {}", strict ? "strict (separate products and sums)" : "fast (fused multiply-adds)",
                        problem_.max_iterations, kernels::escape_time_target())};
  }

 private:
  bool compute(const Rectangle& part, const PixelValues& values, Scratch& scratch, const tasks::StopToken& stop, std::uint64_t& undecided) const;
  void smooth(const Rectangle& part, const PixelValues& values, Scratch& scratch) const;
  bool distance(const Rectangle& part, const PixelValues& values, Scratch& scratch, const tasks::StopToken& stop) const;

  View view_;
  kernels::EscapeProblem problem_;
};

bool DirectKernel::compute(const Rectangle& part, const PixelValues& values, Scratch& scratch, const tasks::StopToken& stop,
                           std::uint64_t& undecided) const {
  scratch.x.resize(part.columns);
  scratch.y.resize(part.rows);
  for (std::size_t i = 0; i < part.columns; ++i) scratch.x[i] = view_.x.at(part.column + static_cast<std::int64_t>(i));
  for (std::size_t j = 0; j < part.rows; ++j) scratch.y[j] = view_.y.at(part.row + static_cast<std::int64_t>(j));
  const std::size_t n = part.columns * part.rows, n_z = values.smooth.empty() && values.distance.empty() ? 0 : n;
  scratch.z_real.resize(n_z);
  scratch.z_imag.resize(n_z);
  const kernels::EscapeAnswers answers{values.iterations.subspan(part.first, n), scratch.z_real, scratch.z_imag};
  if (!kernels::escape_times(problem_, {scratch.x, scratch.y}, answers, scratch.escape, [&stop] { return stop.requested(); }, undecided)) return false;
  if (!values.smooth.empty()) smooth(part, values, scratch);
  return values.distance.empty() || distance(part, values, scratch, stop);
}

void DirectKernel::smooth(const Rectangle& part, const PixelValues& values, Scratch& scratch) const {
  for (std::size_t k = 0; k < part.columns * part.rows; ++k) {
    float& value = values.smooth[part.first + k];
    value = std::numeric_limits<float>::quiet_NaN();
    const std::uint32_t n = values.iterations[part.first + k];
    if (n == 0) continue;
    Orbit orbit{scratch.x[k % part.columns], scratch.y[k / part.columns], scratch.z_real[k], scratch.z_imag[k], n};
    go_far(problem_.arithmetic, orbit);
    value = static_cast<float>(static_cast<double>(orbit.n) + 1 - math::log2(log_size(orbit.x, orbit.y)));
  }
}

// Orbits again, with their derivatives, in groups of equal length.
bool DirectKernel::distance(const Rectangle& part, const PixelValues& values, Scratch& scratch, const tasks::StopToken& stop) const {
  constexpr std::size_t kGroup = 512;  // between polls
  const double pixel_width = view_.x.span / static_cast<double>(view_.x.n);
  scratch.order.clear();
  scratch.n.resize(part.columns * part.rows);
  for (std::size_t k = 0; k < scratch.n.size(); ++k) {
    values.distance[part.first + k] = std::numeric_limits<float>::quiet_NaN();
    if (values.iterations[part.first + k] == 0) continue;
    Orbit orbit{scratch.x[k % part.columns], scratch.y[k / part.columns], scratch.z_real[k], scratch.z_imag[k], values.iterations[part.first + k]};
    go_far(problem_.arithmetic, orbit);
    scratch.n[k] = orbit.n;
    scratch.order.push_back(static_cast<std::uint32_t>(k));
  }
  const auto& n = scratch.n;
  std::sort(scratch.order.begin(), scratch.order.end(), [&n](std::uint32_t a, std::uint32_t b) { return n[a] != n[b] ? n[a] < n[b] : a < b; });
  for (auto* array : {&scratch.c_real, &scratch.c_imag, &scratch.far_real, &scratch.far_imag, &scratch.d_real, &scratch.d_imag}) array->resize(kGroup);
  std::vector<std::uint32_t> group(kGroup);
  for (std::size_t first = 0; first < scratch.order.size(); first += kGroup) {
    if (stop.requested()) return false;
    const std::size_t count = std::min(kGroup, scratch.order.size() - first);
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint32_t pixel = scratch.order[first + k];
      scratch.c_real[k] = scratch.x[pixel % part.columns];
      scratch.c_imag[k] = scratch.y[pixel / part.columns];
      group[k] = n[pixel];
    }
    const auto of = [count](std::vector<double>& array) { return std::span(array).first(count); };
    const kernels::EscapeOrbits orbits{of(scratch.c_real), of(scratch.c_imag), std::span(group).first(count), of(scratch.far_real),
                                       of(scratch.far_imag), of(scratch.d_real), of(scratch.d_imag)};
    if (!kernels::escape_derivatives(problem_.arithmetic, orbits, [&stop] { return stop.requested(); })) return false;
    for (std::size_t k = 0; k < count; ++k) {
      const double x = scratch.far_real[k], y = scratch.far_imag[k], u = scratch.d_real[k], v = scratch.d_imag[k];
      const double size = math::sqrt(x * x + y * y), derivative = math::sqrt(u * u + v * v);
      values.distance[part.first + scratch.order[first + k]] = static_cast<float>(2 * size * log_size(x, y) / (derivative * pixel_width));
    }
  }
  return true;
}

bool DirectKernel::compute_pixels(std::span<const std::uint64_t> pixels, std::span<std::uint32_t> iterations, PixelCounts& counts, tasks::ByteView,
                                  tasks::Workspace* workspace, const tasks::StopToken& stop) const {
  auto& scratch = dynamic_cast<Scratch&>(*workspace);
  const auto width = static_cast<std::uint64_t>(view_.x.n);
  for (std::size_t done = 0; done < pixels.size(); done += scratch.x.size()) {
    const std::size_t count = std::min(pixels.size() - done, kernels::kEscapePoints);
    scratch.x.resize(count);
    scratch.y.resize(count);
    for (std::size_t k = 0; k < count; ++k) {
      scratch.x[k] = view_.x.at(static_cast<std::int64_t>(pixels[done + k] % width));
      scratch.y[k] = view_.y.at(static_cast<std::int64_t>(pixels[done + k] / width));
    }
    std::uint64_t undecided = 0;
    const kernels::EscapeAnswers answers{iterations.subspan(done, count), {}, {}};
    if (!kernels::escape_times(problem_, {scratch.x, scratch.y, true}, answers, scratch.escape, [&stop] { return stop.requested(); }, undecided)) return false;
    counts.undecided += undecided;
  }
  return true;
}

// Point by point, without any shortcut.
bool DirectKernel::compute_otherwise(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part,
                                     tasks::Workspace* workspace, const tasks::StopToken& stop) const {
  if (!compute(run, values, counts, shared_part, workspace, stop)) return false;  // what iterations do not tell
  constexpr std::uint64_t kBetweenPolls = 16;
  for (std::uint64_t k = 0; k < run.count; ++k) {
    if (k % kBetweenPolls == 0 && stop.requested()) return false;
    const auto i = static_cast<std::int64_t>(run.first + k);
    const double x = view_.x.at(i % view_.x.n), y = view_.y.at(i / view_.x.n);
    kernels::EscapePoint point;
    const bool known = problem_.interior_tests && kernels::in_cardioid_or_disc(x, y);
    if (!known && !kernels::escape_time(problem_.arithmetic, x, y, problem_.max_iterations, [&stop] { return stop.requested(); }, point)) return false;
    values.iterations[k] = point.iterations;
  }
  return true;
}

}  // namespace

std::unique_ptr<TileKernel> make_direct_kernel(const View& view, const MandelbrotParameters& parameters) {
  return std::make_unique<DirectKernel>(view, parameters);
}

}  // namespace shoal::workloads::mandelbrot
