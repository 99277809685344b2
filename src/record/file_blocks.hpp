// SPDX-License-Identifier: Apache-2.0
// The blocks of a dataset in an HDF5 file, read one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record/hdf5_call.hpp"
#include "shoal/record/layout.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

// Selects a block in the dataspace of its dataset.
void select_block(hid_t space, const std::vector<std::uint64_t>& shape, const Block& block);

// The elements of one block of an open dataset of numbers.
std::vector<std::byte> read_block(hid_t dataset, Type type, const std::vector<std::uint64_t>& shape, const Block& block);

// Opens the file at each call, so that it holds nothing of HDF5 meanwhile; remembers the last block. Not for several threads.
class FileBlocks final : public BlockSource {
 public:
  FileBlocks(std::string file, std::string inside, Type type, std::vector<std::uint64_t> shape)
      : file_(std::move(file)), inside_(std::move(inside)), type_(type), shape_(std::move(shape)) {}

  std::span<const std::byte> read(std::uint64_t index) const override;

 private:
  std::string file_;
  std::string inside_;  // path of the dataset
  Type type_;
  std::vector<std::uint64_t> shape_;
  mutable std::uint64_t last_ = ~std::uint64_t{0};
  mutable std::vector<std::byte> bytes_;  // of block last_
};

}  // namespace shoal::record
