// SPDX-License-Identifier: Apache-2.0
// How a dataset is laid out in the file. Part of the format: the digest is defined over these blocks.
//
// Let size = element_bytes(type) * product(shape). Scalars and arrays of size < 4096 are compact: one block.
// All others are chunked. The chunk shape starts as the shape of the array; while a chunk is larger than 512 KiB, the
// first extent n > 1 becomes (n + 1) / 2. So a chunk is a slab of consecutive rows of at least 256 KiB or the whole array.
#pragma once

#include <cstdint>
#include <vector>

#include "shoal/record/tree.hpp"

namespace shoal::record {

bool is_chunked(Type type, const std::vector<std::uint64_t>& shape);

// The chunk shape of a chunked array; the shape itself otherwise.
std::vector<std::uint64_t> chunk_shape(Type type, const std::vector<std::uint64_t>& shape);

// A chunk cut to the valid elements: consecutive elements [first, first + count) of the row-major array.
struct Block {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// How many blocks there are; none if the array is empty. The blocks are in row-major order of the chunks, which is also the
// order of `first`.
std::uint64_t n_blocks(Type type, const std::vector<std::uint64_t>& shape);

// Block `index` < n_blocks().
Block block_at(Type type, const std::vector<std::uint64_t>& shape, std::uint64_t index);

// The block that holds an element.
std::uint64_t block_of(Type type, const std::vector<std::uint64_t>& shape, std::uint64_t element);

// All of them.
std::vector<Block> blocks(Type type, const std::vector<std::uint64_t>& shape);

}  // namespace shoal::record
