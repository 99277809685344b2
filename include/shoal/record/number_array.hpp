// SPDX-License-Identifier: Apache-2.0
// Numbers in anybody's HDF5 file: a dataset by its path.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::record {

// The shape of a dataset of integers or reals of any size; empty: a single number. Throws InputError: 66 if the file is
// missing or holds no dataset at the path (the message lists what it holds), 65 if that holds no numbers; SystemError (77,
// 74) if the file cannot be read, Error (76) if it is no HDF5 file or damaged.
std::vector<std::uint64_t> number_array_shape(const std::string& file, const std::string& path);

// Its numbers in single precision, row-major. Throws as above.
std::vector<float> read_number_array(const std::string& file, const std::string& path);

}  // namespace shoal::record
