// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace shoal::workloads::integrate {

// Evaluations of the rule of Genz and Malik in a region of d dimensions.
constexpr std::int64_t genz_malik_points(int d) {
  return (std::int64_t{1} << d) + 2 * d * d + 2 * d + 1;
}

}  // namespace shoal::workloads::integrate
