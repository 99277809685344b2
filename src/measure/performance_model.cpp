// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "shoal/measure/scaling.hpp"

namespace shoal::measure {
namespace {

constexpr double kPowers[] = {0, 1.0 / 4, 1.0 / 3, 1.0 / 2, 2.0 / 3, 3.0 / 4, 1, 5.0 / 4, 4.0 / 3, 3.0 / 2, 2, 5.0 / 2, 3};
constexpr int kMaximumLogPower = 2;
constexpr double kWorthATerm = 0.5;  // of the constant's error, which a term must not exceed

double term(double p, double power, int log_power) { return std::pow(p, power) * std::pow(std::log2(p), log_power); }

// Least squares of relative errors for c0 + c1 t without point `left_out` (none: the number of points). With a constant
// term c1 = 0.
PerformanceModel solve(std::span<const double> p, std::span<const double> y, double power, int log_power, std::size_t left_out) {
  double s = 0, st = 0, stt = 0, sy = 0, sty = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (i == left_out) continue;
    const double weight = 1 / (y[i] * y[i]);
    const double t = term(p[i], power, log_power);
    s += weight;
    st += weight * t;
    stt += weight * t * t;
    sy += weight * y[i];
    sty += weight * t * y[i];
  }
  PerformanceModel model{sy / s, 0, power, log_power, 0};
  if (power == 0 && log_power == 0) return model;
  const double determinant = s * stt - st * st;
  if (!(determinant > 1e-14 * s * stt)) return model;
  model.factor = (s * sty - st * sy) / determinant;
  model.constant = (stt * sy - st * sty) / determinant;
  return model;
}

double left_out_error(std::span<const double> p, std::span<const double> y, double power, int log_power) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double relative = solve(p, y, power, log_power, i)(p[i]) / y[i] - 1;
    sum += relative * relative;
  }
  return std::sqrt(sum / static_cast<double>(p.size()));
}

}  // namespace

double PerformanceModel::operator()(double p) const {
  return constant + (factor != 0 ? factor * term(p, power, log_power) : 0);
}

std::string PerformanceModel::formula() const {
  if (factor == 0) return fmt::format("{:.4g}", constant);
  std::string text = fmt::format("{:.4g} {} {:.4g}", constant, factor < 0 ? '-' : '+', std::fabs(factor));
  if (power != 0) text += power == 1 ? " p" : fmt::format(" p^({:.4g})", power);
  if (log_power != 0) text += log_power == 1 ? " log2(p)" : fmt::format(" log2(p)^{}", log_power);
  return text;
}

PerformanceModel fit_performance_model(std::span<const double> p, std::span<const double> values) {
  std::vector<double> sizes(p.begin(), p.end());
  std::sort(sizes.begin(), sizes.end());
  const bool enough = std::unique(sizes.begin(), sizes.end()) - sizes.begin() >= 5;
  if (p.size() != values.size() || !enough || sizes.front() < 1 || *std::min_element(values.begin(), values.end()) <= 0)
    throw std::invalid_argument("a performance model needs 5 different numbers of processors from 1, with values above 0");
  double best_power = 0;
  int best_log = 0;
  const double constant_error = left_out_error(p, values, 0, 0);
  double best = kWorthATerm * constant_error;
  for (const double power : kPowers) {
    for (int log_power = 0; log_power <= kMaximumLogPower; ++log_power) {
      if (power == 0 && log_power == 0) continue;
      const double error = left_out_error(p, values, power, log_power);
      if (error >= best) continue;
      best = error;
      best_power = power;
      best_log = log_power;
    }
  }
  PerformanceModel model = solve(p, values, best_power, best_log, p.size());
  model.cross_validation = best_power == 0 && best_log == 0 ? constant_error : best;
  return model;
}

}  // namespace shoal::measure
