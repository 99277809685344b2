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

// What is not read: numbers of datasets of more than `larger_than` bytes get a source in place of values.
struct Leave {
  std::string file;                // path of the file, for the sources
  std::uint64_t larger_than = 0;   // bytes
  bool hashes = false;             // read them once, block by block, for tile_hashes
};

// Attributes, datasets and groups, all the way down. `path`: of the group in the file.
Group read_group(hid_t group, const std::string& path = "", const Leave* leave = nullptr);

// The first difference between an HDF5 group and a tree, with its path; empty if there is none.
std::string compare_group(hid_t id, const Group& group, const std::string& path);

}  // namespace shoal::record
