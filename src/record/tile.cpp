// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/tile.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include "record/filters.hpp"
#include "shoal/error.hpp"
#include "shoal/record/digest.hpp"

namespace shoal::record {
namespace {

constexpr std::size_t kSumBytes = 4;

// Byte i of every element together: what HDF5 calls shuffle.
std::vector<std::byte> shuffle(std::span<const std::byte> bytes, std::size_t size) {
  std::vector<std::byte> out(bytes.size());
  const std::size_t n = bytes.size() / size;
  for (std::size_t byte = 0; byte < size; ++byte)
    for (std::size_t i = 0; i < n; ++i) out[byte * n + i] = bytes[i * size + byte];
  return out;
}

std::vector<std::byte> unshuffle(std::span<const std::byte> bytes, std::size_t size) {
  std::vector<std::byte> out(bytes.size());
  const std::size_t n = bytes.size() / size;
  for (std::size_t byte = 0; byte < size; ++byte)
    for (std::size_t i = 0; i < n; ++i) out[i * size + byte] = bytes[byte * n + i];
  return out;
}

[[noreturn]] void damaged(const char* why) {
  throw Error(ExitCode::other_input, fmt::format("a tile in the side files is damaged ({}): start afresh with --new.", why));
}

// A chunk behind `head` bytes of something else.
std::vector<std::byte> encode_behind(std::size_t head, Type type, std::uint64_t chunk_elements, std::span<const std::byte> elements) {
  const std::size_t size = element_bytes(type);
  if (type == Type::text || elements.size() % size != 0 || elements.size() > chunk_elements * size)
    throw std::logic_error(fmt::format("a tile of {} bytes does not fit its chunk of {} elements", elements.size(), chunk_elements));
  std::vector<std::byte> padded(chunk_elements * size);
  std::copy(elements.begin(), elements.end(), padded.begin());
  const std::vector<std::byte> shuffled = size > 1 ? shuffle(padded, size) : padded;

  std::vector<std::byte> payload(head + ::compressBound(shuffled.size()) + kSumBytes);
  uLongf length = payload.size() - head - kSumBytes;
  if (::compress2(reinterpret_cast<Bytef*>(payload.data() + head), &length,
                  reinterpret_cast<const Bytef*>(shuffled.data()), shuffled.size(), kDeflateLevel) != Z_OK)
    throw std::bad_alloc();
  const std::uint32_t sum = fletcher32(std::span(payload).subspan(head, length));
  std::memcpy(payload.data() + head + length, &sum, kSumBytes);  // little-endian, as every platform we support
  payload.resize(head + length + kSumBytes);
  return payload;
}

}  // namespace

std::uint32_t fletcher32(std::span<const std::byte> bytes) {
  constexpr std::size_t kWords = 360;  // so many sums fit into 32 bits before they must be folded
  std::uint32_t a = 0, b = 0;
  const auto fold = [](std::uint32_t sum) { return (sum & 0xffffU) + (sum >> 16); };
  std::size_t at = 0;
  while (at + 1 < bytes.size()) {
    for (std::size_t i = 0; i < kWords && at + 1 < bytes.size(); ++i, at += 2) {
      a += std::to_integer<std::uint32_t>(bytes[at]) << 8 | std::to_integer<std::uint32_t>(bytes[at + 1]);
      b += a;
    }
    a = fold(a);
    b = fold(b);
  }
  if (at < bytes.size()) {
    a += std::to_integer<std::uint32_t>(bytes[at]) << 8;
    b += a;
    a = fold(a);
    b = fold(b);
  }
  return fold(b) << 16 | fold(a);
}

std::vector<std::byte> encode_chunk(Type type, std::uint64_t chunk_elements, std::span<const std::byte> elements) {
  return encode_behind(0, type, chunk_elements, elements);
}

std::vector<std::byte> encode_tile(Type type, std::uint64_t chunk_elements, std::span<const std::byte> elements) {
  std::vector<std::byte> payload = encode_behind(kTileHashBytes, type, chunk_elements, elements);
  const Sha256Value hash = block_hash(type, elements);
  std::copy(hash.begin(), hash.end(), payload.begin());
  return payload;
}

Sha256Value tile_hash(std::span<const std::byte> payload) {
  if (payload.size() < kTileHashBytes + kSumBytes) damaged("it is too short");
  Sha256Value hash;
  std::copy_n(payload.begin(), hash.size(), hash.begin());
  return hash;
}

std::span<const std::byte> tile_chunk(std::span<const std::byte> payload) {
  if (payload.size() < kTileHashBytes + kSumBytes) damaged("it is too short");
  return payload.subspan(kTileHashBytes);
}

std::vector<std::byte> decode_chunk(Type type, std::span<const std::byte> chunk, std::uint64_t chunk_elements, std::uint64_t n_elements) {
  const std::size_t size = element_bytes(type);
  const auto deflated = chunk.first(chunk.size() - kSumBytes);
  std::uint32_t sum = 0;
  std::memcpy(&sum, chunk.data() + deflated.size(), kSumBytes);
  if (sum != fletcher32(deflated)) damaged("its checksum is wrong");
  std::vector<std::byte> shuffled(chunk_elements * size);
  uLongf length = shuffled.size();
  if (::uncompress(reinterpret_cast<Bytef*>(shuffled.data()), &length, reinterpret_cast<const Bytef*>(deflated.data()),
                   deflated.size()) != Z_OK || length != shuffled.size())
    damaged("it cannot be decompressed");
  std::vector<std::byte> elements = size > 1 ? unshuffle(shuffled, size) : shuffled;
  elements.resize(n_elements * size);
  return elements;
}

}  // namespace shoal::record
