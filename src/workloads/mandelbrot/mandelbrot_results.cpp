// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/mandelbrot_results.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shoal/math/functions.hpp"
#include "workloads/mandelbrot/balance.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

constexpr const char* kPlane = "1";  // the plane has no unit

void add_coordinates(const View& view, std::int64_t step, const std::string& prefix, std::uint64_t rows, record::Group& results) {
  const auto axis = [&](const Axis& a, const std::string& name, std::uint64_t n, const std::string& long_name) {
    std::vector<double> values(n);
    for (std::uint64_t i = 0; i < n; ++i) values[i] = a.at(static_cast<std::int64_t>(i) * step);
    results.add(name, values, {n}, {name}, kPlane, long_name);
  };
  axis(view.x, prefix + "x", static_cast<std::uint64_t>((view.x.n + step - 1) / step), "real part of c");
  axis(view.y, prefix + "y", rows, "imaginary part of c; row 0 is the smallest");
}

// In deep zooms all pixels have the centre's coordinates in doubles.
void add_offsets(const View& view, record::Group& results) {
  const auto axis = [&](const Axis& a, const std::string& dimension, const std::string& long_name) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < a.n; ++i) values.push_back(static_cast<double>(a.numerator(i)) / static_cast<double>(2 * a.n));
    results.add(dimension + "_offset", values, {values.size()}, {dimension}, kPlane, long_name);
  };
  axis(view.x, "x", "real part of c less the centre's, in widths of the view");
  axis(view.y, "y", "imaginary part of c less the centre's, in heights of the view");
}

template <class T>
void add_array(const record::StreamedDataset& form, const std::vector<T>& values, record::Group& results) {
  const std::string name = form.path.substr(form.path.find('/') + 1);
  results.add(name, values, form.form.shape, form.form.dimensions, form.form.units, form.form.long_name);
}

void add_arrays(const MandelbrotJob& job, record::Group& results) {
  for (const record::StreamedDataset& array : job.plan().arrays()) {
    if (array.path == "results/iterations") add_array(array, job.field().iterations, results);
    if (array.path == "results/smooth") add_array(array, job.field().smooth, results);
    if (array.path == "results/distance") add_array(array, job.field().distance, results);
  }
}

// The picture so far, small: whole rows of it.
void add_preview(const MandelbrotJob& job, const View& view, record::Group& results) {
  const FieldPlan& plan = job.plan();
  const auto width = static_cast<std::uint64_t>(plan.preview_width()), step = static_cast<std::uint64_t>(plan.preview_step());
  std::vector<std::uint32_t> preview = job.field().preview;
  if (!plan.in_files()) {
    const auto rows = job.field().n_pixels / static_cast<std::uint64_t>(plan.width());
    for (std::uint64_t row = 0; row < rows; row += step)
      for (std::uint64_t column = 0; column < static_cast<std::uint64_t>(plan.width()); column += step)
        preview.push_back(job.field().iterations[row * static_cast<std::uint64_t>(plan.width()) + column]);
  }
  const std::uint64_t rows = preview.size() / width;
  if (rows == 0) return;
  preview.resize(rows * width);
  add_coordinates(view, plan.preview_step(), "preview_", rows, results);
  results.add("preview", preview, {rows, width}, {"preview_y", "preview_x"}, "1", fmt::format("iterations of every {}. pixel of every {}. row so far", step, step));
}

}  // namespace

Area area_of(const TileSums& sums, const View& view) {
  const double pixel = view.pixel_area();
  return {static_cast<double>(sums.inside) * pixel, math::sqrt(static_cast<double>(sums.crossings) / 6) * pixel};
}

void write_results(const MandelbrotJob& job, const View& view, record::Group& results) {
  const TileSums& sums = job.field().sums;
  const FieldPlan& plan = job.plan();
  results.scalar("inside", sums.inside, "1", "pixels whose point did not escape");
  results.scalar("undecided", sums.undecided, "1", "pixels inside by max_iterations alone: no test and no period told so");
  if (job.is_subdivided()) results.scalar("filled", job.field().filled, "1", "pixels that were not computed, but filled by subdivision");
  results.scalar("sum_of_iterations", sums.iterations, "1", "iterations of all pixels that escaped");
  if (!job.is_subdivided()) {
    const Area area = area_of(sums, view);
    results.scalar("area", area.value, kPlane, "area of the pixels inside");
    results.scalar("area_error", area.error, kPlane, "its error by the pixels of the boundary, one standard deviation; the undecided are not in it");
  }
  if (!job.complete()) {
    if (plan.iterations()) add_preview(job, view, results);
    return;
  }
  const auto rows = static_cast<std::uint64_t>(plan.height());
  add_coordinates(view, 1, "", rows, results);
  if (!job.is_direct()) add_offsets(view, results);
  results.add("row_iterations", job.field().row_iterations, {rows}, {"y"}, "1", "iterations spent in the row: inside, max_iterations a pixel");
  if (!plan.in_files()) add_arrays(job, results);
  if (job.wants_balance()) write_balance(job.field().row_iterations, results);
}

std::vector<std::string> report(const MandelbrotJob& job, const View& view) {
  const TileSums& sums = job.field().sums;
  const Area area = area_of(sums, view);
  const double pixels = static_cast<double>(view.n_pixels());
  std::vector<std::string> lines = {
      fmt::format("inside      {} of {} pixels ({:.4f} %)", sums.inside, view.n_pixels(), 100 * static_cast<double>(sums.inside) / pixels),
      fmt::format("undecided   {} of these, by max_iterations alone", sums.undecided),
      fmt::format("iterations  {} of escaped pixels, {:.2f} each", sums.iterations,
                  static_cast<double>(sums.iterations) / std::max(1.0, pixels - static_cast<double>(sums.inside)))};
  if (!job.is_subdivided()) lines.push_back(fmt::format("area        {:.9g} +- {:.1g}", area.value, area.error));
  else
    lines.push_back(fmt::format("filled      {} pixels ({:.2f} %) by subdivision, not computed", job.field().filled, 100 * static_cast<double>(job.field().filled) / pixels));
  if (job.complete() && job.wants_balance())
    for (const std::string& line : balance_table(job.field().row_iterations)) lines.push_back(line);
  return lines;
}

}  // namespace shoal::workloads::mandelbrot
