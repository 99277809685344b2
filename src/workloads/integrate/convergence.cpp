// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/convergence.hpp"

#include <cmath>
#include <limits>

#include "shoal/math/functions.hpp"
#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double level_error(std::span<const double> values, std::optional<double> exact) {
  if (values.empty()) return kNaN;
  if (!exact) return measure::standard_deviation(values);
  CompensatedSum squares;
  for (const double value : values) squares.add((value - *exact) * (value - *exact));
  return std::sqrt(squares.value() / static_cast<double>(values.size()));
}

Fit fit_slope(std::span<const std::int64_t> samples, std::span<const double> errors) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i] < 2 || !(errors[i] > 0) || std::isinf(errors[i])) continue;
    x.push_back(math::log2(static_cast<double>(samples[i])));
    y.push_back(math::log2(errors[i]));
  }
  Fit fit = {kNaN, kNaN, {kNaN, kNaN}};
  if (x.size() < 3) return fit;
  const double mean_x = measure::mean(x), mean_y = measure::mean(y);
  CompensatedSum xx, xy;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx.add((x[i] - mean_x) * (x[i] - mean_x));
    xy.add((x[i] - mean_x) * (y[i] - mean_y));
  }
  if (!(xx.value() > 0)) return fit;
  fit.slope = xy.value() / xx.value();
  fit.intercept = mean_y - fit.slope * mean_x;
  CompensatedSum residuals;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double residual = y[i] - (fit.intercept + fit.slope * x[i]);
    residuals.add(residual * residual);
  }
  const auto freedom = static_cast<long>(x.size()) - 2;
  const double half = measure::t_quantile(0.975, freedom) * std::sqrt(residuals.value() / static_cast<double>(freedom) / xx.value());
  fit.interval = {fit.slope - half, fit.slope + half};
  return fit;
}

}  // namespace shoal::workloads::integrate
