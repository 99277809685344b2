// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "shoal/search/space.hpp"

namespace shoal::search {

// Point `trial` of the scrambled Sobol' set of a seed, spread over a space by the quantiles of its distributions: also
// how the other algorithms begin. trial >= 0.
Point sobol_point(const Space& space, std::uint64_t seed, std::int64_t trial);

}  // namespace shoal::search
