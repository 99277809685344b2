// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/mandelbrot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "shoal/record/write_file.hpp"
#include "workloads/mandelbrot/mandelbrot_results.hpp"
#include "workloads/mandelbrot/picture.hpp"

namespace shoal::workloads {

std::unique_ptr<Workload> make_mandelbrot() { return std::make_unique<mandelbrot::Mandelbrot>(); }

}  // namespace shoal::workloads

namespace shoal::workloads::mandelbrot {
namespace {

using config::Code;

constexpr std::int64_t kValueBytes = 4;
// Results of tasks that `shoal verify` compares stay in the result only while they are small.
constexpr std::int64_t kKeptBytes = std::int64_t{4} << 20;
// Of bytes: what compressed tiles, and at the end the result beside them, take at least in pictures with something to see.
constexpr double kIterationShare = 0.02;  // measured: 0.01 for the whole set at 50,000 x 50,000
constexpr double kSmoothShare = 0.5;
// Arrays in memory: folded, in the tree of the result, and compressed.
constexpr std::int64_t kRootCopies = 3;

}  // namespace

void Mandelbrot::bind(config::Table& root) {
  root_ = &root;
  mandelbrot::bind(root, parameters_);
}

void Mandelbrot::check_outputs(config::Diagnostics& diagnostics) const {
  const MandelbrotParameters& p = parameters_;
  if (p.wants("area") && p.outputs.size() > 1)
    diagnostics.error(Code::contradiction, root_->where("outputs"), "\"area\" stands for no arrays",
                      "give it alone; the area is part of every result");
  const std::string& shown = p.picture.values;
  if ((shown == "smooth" || shown == "distance") && !p.wants(shown))
    diagnostics.error(Code::contradiction, root_->where("picture.values"), fmt::format("the picture shows \"{}\", which is no output", shown),
                      "name it in `outputs` too, or choose values = \"auto\"");
  if (p.subdivides()) {
    for (const char* output : {"area", "balance", "smooth", "distance"})
      if (p.wants(output))
        diagnostics.error(Code::contradiction, root_->where("subdivision"), fmt::format("\"{}\" needs every pixel, and subdivision leaves some out", output),
                          fmt::format("set subdivision = \"none\", or leave \"{}\" out of `outputs`", output));
  }
  if (std::set<std::string>(p.outputs.begin(), p.outputs.end()).size() != p.outputs.size())
    diagnostics.error(Code::contradiction, root_->where("outputs"), "an output is given twice", "give each once");
}

void Mandelbrot::check_keys(config::Diagnostics& diagnostics) const {
  check_outputs(diagnostics);
  const std::size_t before = diagnostics.count();
  const View view = view_of(parameters_, *root_, diagnostics);
  if (diagnostics.count() > before) return;
  const MandelbrotParameters& p = parameters_;
  if (p.uses_doubles(view) && has_equal_neighbours(view))
    diagnostics.error(Code::contradiction, root_->where("method"), "neighbouring pixels have the same coordinates in doubles",
                      "give a larger view, fewer pixels or method = \"perturbation\"");
  if (!p.mirror) return;
  if (p.subdivides())
    diagnostics.error(Code::contradiction, root_->where("mirror"), "pixels that are filled depend on where blocks begin, mirror images would not",
                      "leave out `mirror` or `subdivision`");
  if (view.y.center_text != "0" || p.sampling != "center")
    diagnostics.error(Code::contradiction, root_->where("mirror"), "the rows are not symmetric about the real axis",
                      "`mirror` needs a view around y = 0 and sampling = \"center\"");
}

void Mandelbrot::load(const std::string&, std::uint64_t, config::Diagnostics& diagnostics) {
  view_ = view_of(parameters_, *root_, diagnostics);
  if (diagnostics.empty()) job_ = std::make_unique<MandelbrotJob>(view_, parameters_);
}

// In files they are hashes; in memory as large as the arrays.
bool Mandelbrot::keeps_task_results() const {
  const FieldPlan& plan = job_->plan();
  return plan.in_files() || plan.n_arrays() * kValueBytes * plan.width() * plan.height() <= kKeptBytes;
}

Estimate Mandelbrot::estimate() const {
  const FieldPlan& plan = job_->plan();
  const std::int64_t arrays = plan.n_arrays() * kValueBytes * plan.width() * plan.height();
  Estimate estimate;
  estimate.n_tasks = plan.n_tasks();
  estimate.max_parallel_tasks = plan.n_tasks();
  // A thread: the values of a window, and where a tile is compressed; and what the kernel needs.
  estimate.rank_bytes = kValueBytes * (static_cast<std::int64_t>(plan.largest_window()) * std::max<std::int64_t>(plan.n_arrays(), 1) +
                                       4 * static_cast<std::int64_t>(plan.largest_tile())) + job_->kernel().rank_bytes();
  estimate.result_bytes = arrays + static_cast<std::int64_t>(sizeof(double)) * (plan.width() + 2 * plan.height());
  estimate.needed_root_bytes = kRootCopies * (plan.in_files() ? 0 : arrays);
  if (plan.in_files()) {
    const double share = (kIterationShare * plan.iterations() + kSmoothShare * (plan.smooth() + plan.distance())) / static_cast<double>(plan.n_arrays());
    estimate.needed_disk_bytes = static_cast<std::int64_t>(share * static_cast<double>(arrays));
  }
  return estimate;
}

std::string Mandelbrot::not_verifiable() const {
  return parameters_.subdivides() ? "with subdivision pixels are filled that nobody computed: compare it with a run that has subdivision = \"none\" (shoal diff)" : "";
}

std::vector<std::string> Mandelbrot::describe() const {
  const FieldPlan& plan = job_->plan();
  std::vector<std::string> lines = {fmt::format("picture     {} x {} pixels, each {:.6g} x {:.6g}, around ({}, {})", plan.width(), plan.height(),
                                                view_.x.span / static_cast<double>(view_.x.n), view_.y.span / static_cast<double>(view_.y.n),
                                                view_.x.center, view_.y.center)};
  for (const std::string& line : job_->kernel().describe()) lines.push_back(line);
  if (plan.n_arrays() > 0)
    lines.push_back(fmt::format("arrays      {}, in {}", plan.n_arrays(), plan.in_files() ? "files of tiles beside the result until the end" : "memory of rank 0"));
  return lines;
}

std::vector<record::StreamedDataset> Mandelbrot::streamed_datasets() const {
  if (!job_->plan().in_files()) return {};
  return job_->plan().arrays();
}

void Mandelbrot::write_results(record::Group& results, record::Group&) const { mandelbrot::write_results(*job_, view_, results); }

std::string Mandelbrot::headline() const {
  const Field& field = job_->field();
  if (field.n_pixels == 0) return "";
  if (!job_->complete() || job_->is_subdivided()) return fmt::format("{} inside{}", field.sums.inside, job_->complete() ? "" : " so far");
  const Area area = area_of(field.sums, view_);
  return fmt::format("{} of {} pixels inside, area {:.6g} +- {:.1g}", field.sums.inside, view_.n_pixels(), area.value, area.error);
}

std::vector<std::string> Mandelbrot::report() const { return mandelbrot::report(*job_, view_); }

std::vector<std::string> Mandelbrot::write_beside(const std::string& result) const {
  if (!parameters_.wants("png")) return {};
  std::string path = parameters_.picture.file;
  if (path.empty()) path = std::filesystem::path(result).replace_extension(".png").string();
  std::vector<std::string> lines;
  if (std::error_code error; std::filesystem::exists(path, error))
    lines.push_back(fmt::format("kept the earlier picture as {}", record::keep_aside(path)));
  lines.push_back("picture: " + picture_of_result(result, parameters_.picture, path));
  return lines;
}

}  // namespace shoal::workloads::mandelbrot
