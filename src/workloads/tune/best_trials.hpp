// SPDX-License-Identifier: Apache-2.0
// The best trials of a stored search, for people.
#pragma once

#include <string>

#include "shoal/record/tree.hpp"

namespace shoal::workloads::tune {

// A line for each of the `n` trials of lowest loss, the best first, with their parameters by name; "" if none is there.
// `results`: the group /results of a search.
std::string best_trials(const record::Group& results, std::size_t n = 10);

}  // namespace shoal::workloads::tune
