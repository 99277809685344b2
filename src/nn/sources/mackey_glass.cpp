// SPDX-License-Identifier: Apache-2.0
#include "nn/mackey_glass.hpp"

#include <algorithm>
#include <cmath>

#include "nn/source.hpp"
#include "nn/windows.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
namespace {

double slope(const MackeyGlassParameters& p, double x, double past) {
  return std::fma(-p.decay, x, p.growth * past / (1.0 + math::pow(past, p.power)));
}

// The cubic through value and slope at both ends of a step, at the share u of it.
double between(double x0, double slope0, double x1, double slope1, double step, double u) {
  const double v = 1 - u;
  return v * v * ((1 + 2 * u) * x0 + u * step * slope0) + u * u * ((1 + 2 * v) * x1 - v * step * slope1);
}

void bind_mackey_glass(config::Table& table, DataParameters& data) {
  MackeyGlassParameters& p = data.mackey_glass;
  table.real("growth", p.growth, {.help = "mackey_glass: beta, rate of production", .minimum = 0, .maximum = 1e3});
  table.real("decay", p.decay, {.help = "mackey_glass: gamma, rate of loss", .minimum = 0, .maximum = 1e3});
  table.real("delay", p.delay, {.help = "mackey_glass: tau, in units of time", .minimum = 1e-3, .maximum = 1e4});
  table.real("power", p.power, {.help = "mackey_glass: how sharply production falls off", .minimum = 1, .maximum = 100});
  table.real("history", p.history, {.help = "mackey_glass: x before t = 0", .minimum = 0, .maximum = 1e3});
}

Dataset load_mackey_glass(const DataParameters& data, std::uint64_t) {
  const double step = data.windows.time_step > 0 ? data.windows.time_step : 1.0;
  const TimeSeries series{{"x"}, mackey_glass_series(data.mackey_glass, step, data.lorenz.points), {0}};
  return window_dataset(series, data, "the Mackey-Glass equation");
}

}  // namespace

std::vector<double> mackey_glass_series(const MackeyGlassParameters& p, double time_step, std::int64_t n_points) {
  const auto delay_steps = static_cast<std::int64_t>(std::max(64.0, std::ceil(p.delay / time_step)));
  const double h = p.delay / static_cast<double>(delay_steps);
  const auto n_steps = static_cast<std::int64_t>(std::ceil(time_step * static_cast<double>(n_points - 1) / h)) + 1;
  std::vector<double> x = {p.history}, slopes = {slope(p, p.history, p.history)};  // at multiples of h
  const auto past = [&](std::int64_t i, bool middle) {  // at i h, or half a step later, minus the delay
    const std::int64_t j = i - delay_steps;
    if (j < 0) return p.history;
    const auto at = static_cast<std::size_t>(j);
    return middle ? between(x[at], slopes[at], x[at + 1], slopes[at + 1], h, 0.5) : x[at];
  };
  for (std::int64_t i = 0; i < n_steps; ++i) {
    const double now = x.back(), half = past(i, true), end = past(i + 1, false);
    const double k1 = slope(p, now, past(i, false));
    const double k2 = slope(p, now + 0.5 * h * k1, half);
    const double k3 = slope(p, now + 0.5 * h * k2, half);
    const double k4 = slope(p, now + h * k3, end);
    x.push_back(now + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4));
    slopes.push_back(slope(p, x.back(), end));
  }
  std::vector<double> points;
  for (std::int64_t i = 0; i < n_points; ++i) {
    const double place = time_step * static_cast<double>(i) / h;
    const auto at = static_cast<std::size_t>(place);
    points.push_back(between(x[at], slopes[at], x[at + 1], slopes[at + 1], h, place - static_cast<double>(at)));
  }
  return points;
}

extern const Source source_mackey_glass;
const Source source_mackey_glass = {"mackey_glass", "none", bind_mackey_glass,
                                    [](const DataParameters&) { return std::vector<std::string>{}; }, load_mackey_glass};

}  // namespace shoal::nn
