// SPDX-License-Identifier: Apache-2.0
#include "record/file_blocks.hpp"

#include <algorithm>

#include "record/hdf5_file.hpp"
#include "record/hdf5_type.hpp"

namespace shoal::record {

void select_block(hid_t space, const std::vector<std::uint64_t>& shape, const Block& block) {
  std::vector<hsize_t> start(shape.size()), extent(shape.size());
  std::uint64_t element = block.first, left = block.count;
  for (std::size_t i = shape.size(); i-- > 0;) {
    start[i] = element % shape[i];
    element /= shape[i];
    extent[i] = std::min<std::uint64_t>(left, shape[i]);  // whole in all dimensions behind the one that is cut
    left /= extent[i];
  }
  checked(H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr), "select a block");
}

std::vector<std::byte> read_block(hid_t dataset, Type type, const std::vector<std::uint64_t>& shape, const Block& block) {
  const Handle file(H5Dget_space(dataset), H5Sclose, "read a shape");
  select_block(file, shape, block);
  const Handle memory = make_space({block.count});
  std::vector<std::byte> bytes(block.count * element_bytes(type));
  checked(H5Dread(dataset, memory_type(type), memory, file, H5P_DEFAULT, bytes.data()), "read a block");
  return bytes;
}

std::span<const std::byte> FileBlocks::read(std::uint64_t index) const {
  if (index == last_) return bytes_;
  const Hdf5Turn turn;
  bytes_ = reading(file_, [&] {
    const Handle file(H5Fopen(file_.c_str(), H5F_ACC_RDONLY, file_access()), H5Fclose, "open it");
    const Handle dataset(H5Dopen2(file, inside_.c_str(), H5P_DEFAULT), H5Dclose, "open " + inside_);
    return read_block(dataset, type_, shape_, block_at(type_, shape_, index));
  });
  last_ = index;
  return bytes_;
}

}  // namespace shoal::record
