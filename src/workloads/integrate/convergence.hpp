// SPDX-License-Identifier: Apache-2.0
// The convergence study: how the error falls with the number of samples.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "shoal/measure/statistics.hpp"

namespace shoal::workloads::integrate {

// Root mean square error of the finished repeats of a level about the exact value; about their own mean, with n - 1, if that is
// not known. NaN where there is too little to say.
double level_error(std::span<const double> values, std::optional<double> exact);

// The straight line log2(error) = intercept + slope log2(samples) by least squares over the levels with at least 2 samples and an
// error above 0, all weighted alike (the variance of log2 of an RMS error of R repeats is about 1 / R, whatever the level), with
// the 95 % interval of the slope by Student's t with n - 2 degrees of freedom. NaN for fewer than 3 such levels.
struct Fit {
  double slope, intercept;
  measure::Interval interval;
};
Fit fit_slope(std::span<const std::int64_t> samples, std::span<const double> errors);

}  // namespace shoal::workloads::integrate
