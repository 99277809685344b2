// SPDX-License-Identifier: Apache-2.0
// Warm start: the trials of an earlier search as observations of this one.
#pragma once

#include <string>
#include <vector>

#include "shoal/search/algorithm.hpp"

namespace shoal::workloads::tune {

// What a trial reached, at its end or on its way.
struct EarlierTrial {
  std::int64_t number = 0;      // of the trial
  search::Point point;
  double loss = search::kBadLoss;
  search::State state = search::State::ok;
  std::int64_t resource = 0;    // that it was reached with; 0: that of a whole trial
};

struct EarlierSearch {
  std::vector<EarlierTrial> trials;  // in their order
  std::int64_t n_stopped = 0;        // pruned; left out where there are no rungs to compare them at
  std::int64_t n_outside = 0;        // left out: not a point of this space
  std::string digest;                // of the earlier result
};

// Reads a complete result of `tune`. Parameters are matched by name, options by label. Throws InputError if the file is no
// such result, or if none of its trials is a point of the space.
// `rungs`: with what they reached at each rung, and those that were pruned there; else only what ran to its end. A trial that
// was pruned is not bad: nobody knows what it would have become.
EarlierSearch read_earlier_search(const std::string& path, const search::Space& space, bool rungs);

}  // namespace shoal::workloads::tune
