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

std::vector<Block> blocks(Type type, const std::vector<std::uint64_t>& shape) {
  std::uint64_t n = 1;
  for (const std::uint64_t extent : shape) n *= extent;
  if (n == 0) return {};
  const std::vector<std::uint64_t> chunk = chunk_shape(type, shape);
  // Only one dimension is cut unevenly: those before it have chunk extent 1, those after it are whole.
  std::size_t cut = 0;
  while (cut + 1 < shape.size() && chunk[cut] == 1) ++cut;
  std::uint64_t row = 1;  // elements of one step along the cut dimension
  for (std::size_t i = cut + 1; i < shape.size(); ++i) row *= shape[i];
  const std::uint64_t length = shape.empty() ? 1 : shape[cut];
  const std::uint64_t step = shape.empty() ? 1 : chunk[cut];
  std::vector<Block> result;
  for (std::uint64_t begin = 0; begin < n; begin += length * row)
    for (std::uint64_t i = 0; i < length; i += step) result.push_back({begin + i * row, std::min(step, length - i) * row});
  return result;
}

}  // namespace shoal::record
