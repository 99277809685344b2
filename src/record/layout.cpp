// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/layout.hpp"

#include <algorithm>

namespace shoal::record {
namespace {

constexpr std::uint64_t kCompactBelow = 4096;            // bytes
constexpr std::uint64_t kLargestChunk = 512 * 1024;  // bytes; between the 64 KiB and 1 MiB that readers like

std::uint64_t size_of(Type type, const std::vector<std::uint64_t>& shape) {
  std::uint64_t bytes = element_bytes(type);
  for (const std::uint64_t extent : shape) bytes *= extent;
  return bytes;
}

// Only one dimension is cut unevenly: those before it have chunk extent 1, those after it are whole.
struct Cut {
  std::uint64_t n_slabs = 1;        // indices of the dimensions before it
  std::uint64_t length = 1;         // its extent
  std::uint64_t step = 1;           // its extent in a chunk
  std::uint64_t row = 1;            // elements of one step along it
  std::uint64_t blocks_a_slab = 1;
};

Cut cut_of(Type type, const std::vector<std::uint64_t>& shape) {
  Cut cut;
  if (shape.empty()) return cut;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return {0, 0, 1, 1, 0};
  const std::vector<std::uint64_t> chunk = chunk_shape(type, shape);
  std::size_t dimension = 0;
  while (dimension + 1 < shape.size() && chunk[dimension] == 1) cut.n_slabs *= shape[dimension++];
  cut.length = shape[dimension];
  cut.step = chunk[dimension];
  for (std::size_t i = dimension + 1; i < shape.size(); ++i) cut.row *= shape[i];
  cut.blocks_a_slab = (cut.length + cut.step - 1) / cut.step;
  return cut;
}

}  // namespace

bool is_chunked(Type type, const std::vector<std::uint64_t>& shape) {
  return !shape.empty() && size_of(type, shape) >= kCompactBelow;
}

std::vector<std::uint64_t> chunk_shape(Type type, const std::vector<std::uint64_t>& shape) {
  std::vector<std::uint64_t> chunk = shape;
  if (!is_chunked(type, shape)) return chunk;
  while (size_of(type, chunk) > kLargestChunk) {
    const auto first = std::find_if(chunk.begin(), chunk.end(), [](std::uint64_t n) { return n > 1; });
    *first = (*first + 1) / 2;
  }
  return chunk;
}

std::uint64_t n_blocks(Type type, const std::vector<std::uint64_t>& shape) {
  const Cut cut = cut_of(type, shape);
  return cut.n_slabs * cut.blocks_a_slab;
}

Block block_at(Type type, const std::vector<std::uint64_t>& shape, std::uint64_t index) {
  const Cut cut = cut_of(type, shape);
  const std::uint64_t slab = index / cut.blocks_a_slab, begin = index % cut.blocks_a_slab * cut.step;
  return {(slab * cut.length + begin) * cut.row, std::min(cut.step, cut.length - begin) * cut.row};
}

std::uint64_t block_of(Type type, const std::vector<std::uint64_t>& shape, std::uint64_t element) {
  const Cut cut = cut_of(type, shape);
  const std::uint64_t line = element / cut.row;
  return line / cut.length * cut.blocks_a_slab + line % cut.length / cut.step;
}

std::vector<Block> blocks(Type type, const std::vector<std::uint64_t>& shape) {
  std::vector<Block> result(n_blocks(type, shape));
  for (std::uint64_t i = 0; i < result.size(); ++i) result[i] = block_at(type, shape, i);
  return result;
}

}  // namespace shoal::record
