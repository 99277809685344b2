// SPDX-License-Identifier: Apache-2.0
// IDX, the format of the MNIST files (Y. LeCun, C. Cortes, C. Burges): two zero bytes, a type, the number of dimensions,
// their sizes as big-endian 32-bit numbers, then the numbers row by row, big-endian. Plain or compressed by gzip.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::nn {

struct IdxArray {
  std::vector<std::int64_t> shape;  // first the rows
  std::vector<float> values;

  std::int64_t n_rows() const { return shape.front(); }
  std::int64_t row_size() const;    // numbers in a row
};

// Throws InputError as read_bytes, and 65 if the file is no IDX file, too short or too long.
IdxArray read_idx(const std::string& path);

// Does a file's beginning look like one?
bool looks_like_idx(const std::string& first_bytes);

}  // namespace shoal::nn
