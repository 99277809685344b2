// SPDX-License-Identifier: Apache-2.0
// Tiles: parts of arrays that are too large for rank 0's memory. A task hands them to its rank's store, which keeps them on
// the side; they become part of the result at the end. A tile is durable before the result of its task leaves the rank.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shoal::tasks {

struct TileId {
  std::int64_t field = 0;  // which array: its number in the workload's list of streamed datasets
  std::int64_t tile = 0;   // which part of it, in row-major order
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

// SHA-256 of the elements of a tile (of floats with every NaN made canonical), as the digest of results has it.
using TileHash = std::array<std::byte, 32>;

// Where a running task puts its tiles. Called from several worker threads at once.
class TileSink {
 public:
  virtual ~TileSink() = default;

  // `elements`: the valid elements of the tile, row-major, little-endian. The task appends the hash to its result: so it
  // is known for good what the tile must be, and computing the task again can be compared. A tile that is put again, by a
  // task that is computed again, has the same elements. Throws Error (74) if it cannot be kept.
  // `extent`: the first extent of the array, only where it follows from results of other tasks (record::StreamedDataset::open);
  // all tasks say the same.
  virtual TileHash put(TileId, std::span<const std::byte> elements, std::uint64_t extent = 0) = 0;
};

// The tiles of one rank.
class TileStore : public TileSink {
 public:
  // Called by the worker thread after its tasks have put tiles, before their results are handed in: returns when all tiles
  // put before the call are durable. Throws Error (74).
  virtual void sync() = 0;
};

}  // namespace shoal::tasks
