// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "shoal/nn/data_parameters.hpp"

namespace shoal::nn {

// x at n_points times, time_step apart, the first at t = 0 (see MackeyGlassParameters). Steps are delay / m, m >= 64 so large
// that none is longer than time_step; values between them by the cubic that fits value and slope at both ends. Error O(step^4).
std::vector<double> mackey_glass_series(const MackeyGlassParameters&, double time_step, std::int64_t n_points);

}  // namespace shoal::nn
