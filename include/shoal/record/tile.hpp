// SPDX-License-Identifier: Apache-2.0
// A tile of a streamed dataset as bytes: exactly one chunk of the HDF5 file, filtered as HDF5 would do it.
//
//   chunk   = Fletcher-32 of (deflate(shuffle(elements, padded with zeros to the full chunk)))
//   Fletcher-32: over big-endian 16-bit words, stored behind them as a little-endian u32
//   payload = SHA-256 of the valid elements (32 bytes) | chunk                        one record of a side file
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/record/sha256.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

inline constexpr std::size_t kTileHashBytes = 32;

// `elements`: the valid ones, at most `chunk_elements` of them. Edge tiles of streamed datasets are short in their first
// cut dimension, so that padding goes behind the elements.
std::vector<std::byte> encode_tile(Type type, std::uint64_t chunk_elements, std::span<const std::byte> elements);

// The chunk alone.
std::vector<std::byte> encode_chunk(Type type, std::uint64_t chunk_elements, std::span<const std::byte> elements);

// The hash in a payload, and its chunk. Throws Error (76) if it is too short to hold one.
Sha256Value tile_hash(std::span<const std::byte> payload);
std::span<const std::byte> tile_chunk(std::span<const std::byte> payload);

// The first n_elements elements of a chunk. Throws Error (76) if it is damaged.
std::vector<std::byte> decode_chunk(Type type, std::span<const std::byte> chunk, std::uint64_t chunk_elements, std::uint64_t n_elements);

// As HDF5's filter computes it.
std::uint32_t fletcher32(std::span<const std::byte> bytes);

}  // namespace shoal::record
