// SPDX-License-Identifier: Apache-2.0
// The Lorenz system (E. N. Lorenz, J. Atmos. Sci. 20, 1963, equations 25 to 27) by its Taylor series.
#pragma once

#include <vector>

#include "nn/taylor.hpp"
#include "shoal/nn/data_parameters.hpp"

namespace shoal::nn {

// `points` points of the trajectory at t_i = i t_end / (points - 1), to the tolerance of one step. About 0.3 us a point.
std::vector<Point> lorenz_trajectory(const LorenzParameters&);

}  // namespace shoal::nn
