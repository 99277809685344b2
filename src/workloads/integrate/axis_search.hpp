// SPDX-License-Identifier: Apache-2.0
// Kinks and jumps across one axis: walls whose place does not depend on the other coordinates.
#pragma once

#include <vector>

#include "workloads/integrate/prober.hpp"

namespace shoal::workloads::integrate {

// Adds the walls that a few lines along the axis see to its cuts, of the unit cube, sorted. The first line goes through `top`, from
// which all walls of a small support can be seen.
void add_breaks(Prober& prober, std::size_t axis, const Point& top, std::vector<double>& cuts);

}  // namespace shoal::workloads::integrate
