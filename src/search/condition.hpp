// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shoal/search/space.hpp"

namespace shoal::search {

// Are two parameters always active together?
inline bool same_condition(const Parameter& a, const Parameter& b) {
  return a.parent == b.parent && (a.parent < 0 || (a.parent_option == b.parent_option && a.more_options == b.more_options));
}

}  // namespace shoal::search
