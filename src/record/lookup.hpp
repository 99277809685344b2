// SPDX-License-Identifier: Apache-2.0
// What is at a path of a tree, with a helpful error.
#pragma once

#include <string>

#include "shoal/record/tree.hpp"

namespace shoal::record {

// Exactly one of the two is set.
struct Found {
  const Group* group = nullptr;
  const Dataset* dataset = nullptr;
};

// Throws InputError (66) naming the closest existing path if there is nothing.
Found look_up(const Group& root, const std::string& path);

}  // namespace shoal::record
