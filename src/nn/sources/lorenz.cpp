// SPDX-License-Identifier: Apache-2.0
// Forecasting the Lorenz system: where will the point be, steps_ahead points later?
#include "nn/lorenz.hpp"

#include <fmt/format.h>

#include <cmath>

#include "nn/source.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

void bind_lorenz(config::Table& table, DataParameters& data) {
  LorenzParameters& p = data.lorenz;
  table.real("sigma", p.sigma, {.help = "lorenz: Prandtl number", .minimum = -1e3, .maximum = 1e3});
  table.real("rho", p.rho, {.help = "lorenz: Rayleigh number over its critical value", .minimum = -1e3, .maximum = 1e3});
  table.real("beta", p.beta, {.help = "lorenz: geometric factor", .minimum = -1e3, .maximum = 1e3});
  table.reals("start", p.start, {.help = "lorenz: x, y, z at t = 0", .minimum = -1e6, .maximum = 1e6});
  table.real("t_end", p.t_end, {.help = "lorenz: time of the last point", .minimum = 0, .maximum = 1e6, .exclusive_minimum = true});
  table.integer("points", p.points, {.help = "lorenz: points on [0, t_end]", .minimum = 2, .maximum = 1e8});
  table.real("tolerance", p.tolerance,
             {.help = "lorenz: error of one integration step, relative to the largest coordinate", .minimum = 1e-17, .maximum = 1e-2});
  table.integer("steps_ahead", p.steps_ahead, {.help = "lorenz: points between input and target", .minimum = 0, .maximum = 1e8});
  table.integers("train_points", p.train_points, {.help = "lorenz: first input and one past the last", .minimum = 0, .maximum = 1e8});
  table.integers("validation_points", p.validation_points,
                 {.help = "lorenz: the same for the validation part; equal numbers: none", .minimum = 0, .maximum = 1e8});
}

Part part_of(const std::vector<Point>& points, const LorenzParameters& p, const std::vector<std::int64_t>& range) {
  Part part;
  part.n_samples = range[1] - range[0];
  for (std::int64_t i = range[0]; i < range[1]; ++i) {
    const Point& from = points[static_cast<std::size_t>(i)];
    const Point& to = points[static_cast<std::size_t>(i + p.steps_ahead)];
    for (const double x : from) part.inputs.push_back(static_cast<float>(x));
    for (const double x : to) part.targets.push_back(static_cast<float>(x));
  }
  return part;
}

void check_range(const char* key, const std::vector<std::int64_t>& range, const LorenzParameters& p) {
  if (range.size() != 2) throw InputError(fmt::format("data.{} needs two numbers: [first, one past the last]", key));
  if (range[0] > range[1] || range[1] + p.steps_ahead > p.points) {
    throw InputError(fmt::format("data.{} = [{}, {}) does not fit {} points with targets {} ahead", key, range[0],
                                 range[1], p.points, p.steps_ahead));
  }
}

Dataset load_lorenz(const DataParameters& data, const std::vector<std::string>&, std::uint64_t) {
  const LorenzParameters& p = data.lorenz;
  if (p.start.size() != 3) throw InputError("data.start needs three numbers: x, y, z");
  check_range("train_points", p.train_points, p);
  check_range("validation_points", p.validation_points, p);
  const std::vector<Point> points = lorenz_trajectory(p);
  for (const Point& point : points) {
    for (const double x : point) {
      if (!std::isfinite(x)) throw InputError("data: the Lorenz system with these parameters grows without bound");
    }
  }
  Dataset dataset;
  dataset.input_names = {"x", "y", "z"};
  for (const char* name : {"x", "y", "z"}) dataset.target_names.push_back(fmt::format("{}_ahead", name));
  dataset.train = part_of(points, p, p.train_points);
  dataset.validation = part_of(points, p, p.validation_points);
  return dataset;
}

}  // namespace

extern const Source source_lorenz;
const Source source_lorenz = {"lorenz", false, bind_lorenz,
                              [](const DataParameters&) { return std::vector<std::string>{}; }, load_lorenz};

}  // namespace shoal::nn
