// SPDX-License-Identifier: Apache-2.0
// The Lorenz system (E. N. Lorenz, J. Atmos. Sci. 20, 1963, equations 25 to 27) by its Taylor series.
#pragma once

#include <array>
#include <vector>

#include "shoal/nn/data_parameters.hpp"

namespace shoal::nn {

using Point = std::array<double, 3>;

// `points` points of the trajectory at t_i = i t_end / (points - 1). From point to point the series is summed until two
// terms in a row are below tolerance * max(1, largest coordinate); where 30 terms do not suffice the step is halved.
// Only + - * / and fma in a fixed order: the same bits everywhere. About 0.3 us a point.
std::vector<Point> lorenz_trajectory(const LorenzParameters&);

}  // namespace shoal::nn
