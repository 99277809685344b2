// SPDX-License-Identifier: Apache-2.0
// Forecasting the Lorenz system: where will the point be, steps_ahead points later?
#include "nn/lorenz.hpp"

#include "nn/source.hpp"
#include "nn/windows.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

void bind_lorenz(config::Table& table, DataParameters& data) {
  LorenzParameters& p = data.lorenz;
  table.real("sigma", p.sigma, {.help = "lorenz: Prandtl number", .minimum = -1e3, .maximum = 1e3});
  table.real("rho", p.rho, {.help = "lorenz: Rayleigh number over its critical value", .minimum = -1e3, .maximum = 1e3});
  table.real("beta", p.beta, {.help = "lorenz: geometric factor", .minimum = -1e3, .maximum = 1e3});
  table.reals("start", p.start, {.help = "x, y, z at t = 0", .minimum = -1e6, .maximum = 1e6});
  table.real("t_end", p.t_end, {.help = "lorenz: time of the last point", .minimum = 0, .maximum = 1e6, .exclusive_minimum = true});
  table.integer("points", p.points, {.help = "recorded points", .minimum = 2, .maximum = 1e8});
  table.real("tolerance", p.tolerance,
             {.help = "lorenz, roessler: error of one integration step, relative to the largest coordinate", .minimum = 1e-17, .maximum = 1e-2});
  table.integer("steps_ahead", p.steps_ahead, {.help = "points between input and target", .minimum = 0, .maximum = 1e8});
  table.integers("train_points", p.train_points, {.help = "first input and one past the last", .minimum = 0, .maximum = 1e8});
  table.integers("validation_points", p.validation_points,
                 {.help = "lorenz: the same for the validation part; equal numbers: none", .minimum = 0, .maximum = 1e8});
}

Dataset load_lorenz(const DataParameters& data, std::uint64_t) {
  const LorenzParameters& p = data.lorenz;
  if (p.start.size() != 3) throw InputError("data.start needs three numbers: x, y, z");
  TimeSeries series{{"x", "y", "z"}, {}, {0, 1, 2}};
  for (const Point& point : lorenz_trajectory(p)) series.values.insert(series.values.end(), point.begin(), point.end());
  return window_dataset(series, data, "the Lorenz system");
}

}  // namespace

extern const Source source_lorenz;
const Source source_lorenz = {"lorenz", "none", bind_lorenz,
                              [](const DataParameters&) { return std::vector<std::string>{}; }, load_lorenz};

}  // namespace shoal::nn
