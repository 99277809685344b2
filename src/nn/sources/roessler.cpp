// SPDX-License-Identifier: Apache-2.0
// Forecasting the Roessler system, by its Taylor series:
//   (n + 1) x_{n+1} = -y_n - z_n,  (n + 1) y_{n+1} = x_n + a y_n
//   (n + 1) z_{n+1} = [n = 0] b + sum_{i <= n} z_i x_{n-i} - c z_n
#include "nn/source.hpp"
#include "nn/taylor.hpp"
#include "nn/windows.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

void bind_roessler(config::Table& table, DataParameters& data) {
  RoesslerParameters& p = data.roessler;
  table.real("a", p.a, {.help = "roessler: growth of the spiral", .minimum = -1e3, .maximum = 1e3});
  table.real("b", p.b, {.help = "roessler: source of z", .minimum = -1e3, .maximum = 1e3});
  table.real("c", p.c, {.help = "roessler: where z begins to grow", .minimum = -1e3, .maximum = 1e3});
}

Dataset load_roessler(const DataParameters& data, std::uint64_t) {
  const RoesslerParameters& p = data.roessler;
  const std::vector<double>& start = data.lorenz.start;
  if (start.size() != 3) throw InputError("data.start needs three numbers: x, y, z");
  const auto next = [&p](Series& s, int n) {
    double zx = n == 0 ? p.b : 0.0;
    for (int i = 0; i <= n; ++i) zx = std::fma(s.z[i], s.x[n - i], zx);
    const double divisor = n + 1;
    s.x[n + 1] = (-s.y[n] - s.z[n]) / divisor;
    s.y[n + 1] = std::fma(p.a, s.y[n], s.x[n]) / divisor;
    s.z[n + 1] = std::fma(-p.c, s.z[n], zx) / divisor;
  };
  const double step = data.windows.time_step > 0 ? data.windows.time_step : 0.05;
  TimeSeries series{{"x", "y", "z"}, {}, {0, 1, 2}};
  for (const Point& point : taylor_trajectory(next, {start[0], start[1], start[2]}, data.lorenz.points, step, data.lorenz.tolerance))
    series.values.insert(series.values.end(), point.begin(), point.end());
  return window_dataset(series, data, "the Roessler system");
}

}  // namespace

extern const Source source_roessler;
const Source source_roessler = {"roessler", "none", bind_roessler,
                                [](const DataParameters&) { return std::vector<std::string>{}; }, load_roessler};

}  // namespace shoal::nn
