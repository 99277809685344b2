// SPDX-License-Identifier: Apache-2.0
// Reads HDF5 objects into trees.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "record/hdf5_call.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

// The names of the members of an HDF5 group that trees can hold, sorted; scales without values are left out.
struct Members {
  std::vector<std::string> groups;
  std::vector<std::string> datasets;
};
Members members_of(hid_t group);

Handle open_group(hid_t parent, const std::string& name);

// A dataset with its values (if wanted), dimensions and attributes.
Dataset read_dataset(hid_t group, const std::string& name, bool with_values = true);

// Attributes, datasets and groups, all the way down.
Group read_group(hid_t group);

// The first difference between an HDF5 group and a tree, with its path; empty if there is none.
std::string compare_group(hid_t id, const Group& group, const std::string& path);

}  // namespace shoal::record
