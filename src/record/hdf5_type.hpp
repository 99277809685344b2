// SPDX-License-Identifier: Apache-2.0
// Types of trees as HDF5 types, and names that the format reserves.
#pragma once

#include <optional>
#include <string_view>

#include "record/hdf5_call.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

// The little-endian type in files, and the type in memory, of numbers. Predefined: not to be closed.
hid_t file_type(Type type);
hid_t memory_type(Type type);

// Fixed-length UTF-8 of `length` bytes (at least 1) without terminator, and variable-length UTF-8.
Handle fixed_text_type(std::size_t length);
Handle variable_text_type();

// The type in memory for reading texts of a file's type: HDF5 does not convert between character sets.
Handle text_memory_type(hid_t type);

// The type of a tree for an HDF5 type; nothing if trees have none.
std::optional<Type> tree_type(hid_t type);

// A shape as a dataspace, scalar if it is empty; and back.
Handle make_space(const std::vector<std::uint64_t>& shape);
std::vector<std::uint64_t> shape_of(hid_t space);

// The attribute NAME of a scale without values begins so (netCDF-4's convention).
inline constexpr std::string_view kNoVariable = "This is a netCDF dimension but not a netCDF variable";

// The index of an element of a row-major array.
std::vector<hsize_t> position_of(std::uint64_t element, const std::vector<std::uint64_t>& shape);

}  // namespace shoal::record
