// SPDX-License-Identifier: Apache-2.0
// Warm start: the trials of an earlier search as observations of this one.
#pragma once

#include <string>
#include <vector>

#include "shoal/search/algorithm.hpp"

namespace shoal::workloads::tune {

struct EarlierTrial {
  search::Point point;
  double loss = search::kBadLoss;
  search::State state = search::State::ok;
};

struct EarlierSearch {
  std::vector<EarlierTrial> trials;  // in their order
  std::int64_t n_outside = 0;        // left out: not a point of this space
  std::string digest;                // of the earlier result
};

// Reads a complete result of `tune`. Parameters are matched by name, options by label. Throws InputError if the file is no
// such result, or if none of its trials is a point of the space.
EarlierSearch read_earlier_search(const std::string& path, const search::Space& space);

}  // namespace shoal::workloads::tune
