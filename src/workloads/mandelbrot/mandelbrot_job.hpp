// SPDX-License-Identifier: Apache-2.0
// One stream, one round of independent tasks; FieldPlan says which pixels each computes.
//
// The result of a task:
//   sums       TileSums
//   filled     with subdivision only: pixels that were not computed, u64
//   rows       for each row it counts, in order: iterations spent there (inside: max_iterations), u64
//   in files   for each tile, followed by that of its mirror images: for each array: its SHA-256; then the preview's pixels, u32
//   in memory  for each window, for each array: its values
#pragma once

#include <memory>
#include <vector>

#include "shoal/tasks/job.hpp"
#include "workloads/mandelbrot/field_plan.hpp"
#include "workloads/mandelbrot/tile_kernel.hpp"

namespace shoal::workloads::mandelbrot {

// Sums over pixels; with a mirrored view over both halves.
struct TileSums {
  std::uint64_t inside = 0;
  std::uint64_t undecided = 0;    // of these: by max_iterations alone
  std::uint64_t iterations = 0;   // of escaped pixels
  std::uint64_t crossings = 0;    // pairs of neighbours in a row of which one is inside; those across windows are left out

  void add(const TileSums& other, std::uint64_t times = 1);
};

// What is known of the picture so far: the first n_pixels pixels, row by row, and with a mirrored view their mirror images.
struct Field {
  TileSums sums;
  std::uint64_t filled = 0;  // by subdivision
  std::uint64_t n_pixels = 0;
  std::vector<std::uint64_t> row_iterations;   // (y)
  std::vector<std::uint32_t> iterations;       // (y, x), in memory only
  std::vector<float> smooth, distance;
  std::vector<std::uint32_t> preview;          // in files: of the rows so far, preview_width() each
};

class MandelbrotJob final : public tasks::Job {
 public:
  MandelbrotJob(const View& view, const MandelbrotParameters& parameters);

  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override;
  bool run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const override;
  bool run_otherwise(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const override;
  std::unique_ptr<tasks::Workspace> make_workspace() const override;
  void fold(tasks::TaskId id, tasks::ByteView result) override;
  double cost_hint(tasks::TaskId id) const override;

  const FieldPlan& plan() const { return plan_; }
  const Field& field() const { return field_; }
  const TileKernel& kernel() const { return *kernel_; }
  bool is_direct() const { return is_direct_; }  // in doubles, not by perturbation
  bool wants_balance() const { return wants_balance_; }
  bool is_subdivided() const { return is_subdivided_; }
  bool complete() const { return n_folded_ == plan_.n_tasks(); }

 private:
  struct Scratch;
  struct Rows;
  bool compute(const tasks::TaskInput& input, bool otherwise, Scratch& scratch, tasks::TaskOutput& output) const;
  void add_sums(const Window::Part& part, std::span<const std::uint32_t> iterations, std::uint64_t undecided, Rows& rows, TileSums& sums) const;
  void add_preview(const PixelRun& run, std::span<const std::uint32_t> iterations, std::vector<std::uint32_t>& preview) const;
  void put_tiles(const Window& window, Scratch& scratch, tasks::TileSink& sink, tasks::Bytes& hashes) const;
  void take_arrays(const Window& window, tasks::ByteView& result);
  template <class T>
  void take_values(const Window& window, tasks::ByteView& result, std::vector<T>& array);
  double sampled_cost(const PixelRun& run) const;

  View view_;
  std::uint64_t max_iterations_;
  FieldPlan plan_;
  std::unique_ptr<TileKernel> kernel_;
  bool is_direct_;
  bool wants_balance_;
  bool is_subdivided_;
  Field field_;
  std::int64_t n_folded_ = 0;
};

}  // namespace shoal::workloads::mandelbrot
