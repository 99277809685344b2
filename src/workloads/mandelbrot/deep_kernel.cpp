// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/deep_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/math/functions.hpp"
#include "workloads/mandelbrot/deep_orbit.hpp"
#include "workloads/mandelbrot/deep_view.hpp"
#include "workloads/mandelbrot/reference_orbit.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

constexpr double kMostShared = 1e9;                     // bits times iterations: a few seconds
constexpr std::chrono::milliseconds kPatience{50};
constexpr std::uint64_t kBatch = 2048;                  // pixels followed together: half a MiB
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

// n + 1 - log2(log|z|).
float smooth_of(const PixelEnd& end) {
  return static_cast<float>(static_cast<double>(end.far_n + 1) - math::log2(0.5 * math::log(end.norm_squared)));
}

// 2 |z| log|z| / |dz/dc|, with dz/dc in 1 / pixel widths.
float distance_of(const PixelEnd& end) {
  const double size = math::sqrt(end.norm_squared) * math::log(end.norm_squared);
  return static_cast<float>(size / math::hypot(end.derivative.re, end.derivative.im));
}

class DeepKernel final : public TileKernel {
 public:
  DeepKernel(const View& view, const MandelbrotParameters& parameters)
      : view_(view), parameters_(parameters.deep), max_iterations_(parameters.max_iterations),
        deep_(view, parameters.max_iterations, parameters.deep.precision) {}

  // Rank 0 serves messages while it is asked for this: an orbit that takes more than some seconds is left to the threads that
  // need it, on every rank.
  tasks::Bytes shared_part() const override {
    if (static_cast<double>(deep_.precision()) * static_cast<double>(max_iterations_) > kMostShared) return {};
    return ReferenceOrbit(deep_, max_iterations_).bytes();
  }

  bool compute(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part, tasks::Workspace*,
               const tasks::StopToken& stop) const override {
    return compute(run.count, [&run](std::uint64_t k) { return run.first + k; }, values, counts, shared_part, stop, true);
  }

  bool compute_pixels(std::span<const std::uint64_t> pixels, std::span<std::uint32_t> iterations, PixelCounts& counts, tasks::ByteView shared_part,
                      tasks::Workspace*, const tasks::StopToken& stop) const override {
    const auto number = [pixels](std::uint64_t k) { return pixels[k]; };
    return compute(pixels.size(), number, {iterations, {}, {}}, counts, shared_part, stop, true);
  }

  // Pixel by pixel, without lanes.
  bool compute_otherwise(const PixelRun& run, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part, tasks::Workspace*,
                         const tasks::StopToken& stop) const override {
    return compute(run.count, [&run](std::uint64_t k) { return run.first + k; }, values, counts, shared_part, stop, false);
  }

  std::int64_t rank_bytes() const override {
    return (max_iterations_ + ReferenceOrbit::kTail) * (parameters_.approximation ? DeepOrbits::bytes_per_step(deep_.is_plain()) : 32);
  }

  std::vector<std::string> describe() const override {
    return {fmt::format("orbit       the centre's, with {} bits; all pixels by perturbation of it{}", deep_.precision(),
                        parameters_.approximation ? ", skipping iterations by bilinear approximation" : ""),
            fmt::format("numbers     {}", deep_.is_plain() ? "doubles" : "doubles with a larger exponent where differences are that small")};
  }

 private:
  // `count` pixels; pixel(k): the number of the k-th.
  template <class Pixel>
  bool compute(std::uint64_t count, Pixel pixel, const PixelValues& values, PixelCounts& counts, tasks::ByteView shared_part,
               const tasks::StopToken& stop, bool lanes) const {
    if (!prepare(shared_part, stop)) return false;
    const PixelWish wish{!values.smooth.empty() || !values.distance.empty(), !values.distance.empty()};
    const auto n_columns = static_cast<std::uint64_t>(view_.x.n);
    std::vector<ScaledComplex> offsets;
    for (std::uint64_t begin = 0; begin < count; begin += offsets.size()) {
      offsets.resize(std::min(kBatch, count - begin));
      for (std::size_t i = 0; i < offsets.size(); ++i) {
        const std::uint64_t number = pixel(begin + i);
        offsets[i] = ScaledComplex(deep_.offset_x(static_cast<std::int64_t>(number % n_columns)), deep_.offset_y(static_cast<std::int64_t>(number / n_columns)));
      }
      std::vector<PixelEnd> ends(offsets.size());
      if (!orbits_->follow(offsets, wish, lanes, stop, ends)) return false;
      for (std::size_t i = 0; i < ends.size(); ++i) put(ends[i], begin + i, values, counts);
    }
    return true;
  }

  static void put(const PixelEnd& end, std::uint64_t i, const PixelValues& values, PixelCounts& counts) {
    values.iterations[i] = end.iterations;
    counts.undecided += end.iterations == 0;
    if (!values.smooth.empty()) values.smooth[i] = end.iterations == 0 ? kNone : smooth_of(end);
    if (!values.distance.empty()) values.distance[i] = end.iterations == 0 ? kNone : distance_of(end);
  }

  // The first thread makes the orbits' common part, from what rank 0 sent or by itself; others wait. False: asked to stop.
  bool prepare(tasks::ByteView shared_part, const tasks::StopToken& stop) const {
    if (ready_.load(std::memory_order_acquire)) return true;
    std::unique_lock lock(mutex_, std::defer_lock);
    while (!lock.try_lock_for(kPatience))
      if (stop.requested()) return false;
    if (ready_.load(std::memory_order_relaxed)) return true;
    ReferenceOrbit reference = shared_part.empty() ? ReferenceOrbit(deep_, max_iterations_, stop) : ReferenceOrbit(shared_part);
    if (reference.last() < 0) return false;
    orbits_.emplace(deep_, std::move(reference), max_iterations_, parameters_.approximation, parameters_.tolerance);
    ready_.store(true, std::memory_order_release);
    return true;
  }

  View view_;
  DeepParameters parameters_;
  std::int64_t max_iterations_;
  DeepView deep_;
  mutable std::timed_mutex mutex_;  // of making orbits_
  mutable std::atomic<bool> ready_{false};
  mutable std::optional<DeepOrbits> orbits_;
};

}  // namespace

std::unique_ptr<TileKernel> make_deep_kernel(const View& view, const MandelbrotParameters& parameters) {
  return std::make_unique<DeepKernel>(view, parameters);
}

}  // namespace shoal::workloads::mandelbrot
