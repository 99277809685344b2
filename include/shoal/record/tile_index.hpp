// SPDX-License-Identifier: Apache-2.0
// Where the tiles of a result are in its side files: of all ranks and all segments of the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shoal/record/sha256.hpp"
#include "shoal/record/streamed.hpp"

namespace shoal::record {

class Descriptor;

// Memory: 16 bytes a tile. One thread at a time.
class TileIndex {
 public:
  // Looks through all RESULT.tiles.* files. Throws Error (76) naming the first tile that is in none of them.
  TileIndex(const std::string& result, const std::vector<StreamedDataset>& datasets);
  ~TileIndex();

  std::uint64_t n_tiles(std::size_t field) const { return places_[field].size(); }

  // Bytes of all chunks of a field.
  std::uint64_t chunk_bytes(std::size_t field) const;

  // The hash of a tile; not checked against the tile itself.
  Sha256Value hash(std::size_t field, std::uint64_t tile);

  // The payload (tile.hpp), checked. Throws Error (76) if it is damaged.
  std::vector<std::byte> read(std::size_t field, std::uint64_t tile);

 private:
  struct Place {
    std::int64_t offset = -1;  // of the record; -1: none
    std::uint32_t length = 0;  // of the payload
    std::uint32_t file = 0;
  };
  const Place& place(std::size_t field, std::uint64_t tile) const { return places_[field][tile]; }
  const Descriptor& open(std::uint32_t file);

  std::vector<std::string> paths_;
  std::vector<StreamedDataset> datasets_;
  std::vector<std::vector<Place>> places_;  // by field
  std::list<std::pair<std::uint32_t, std::unique_ptr<Descriptor>>> open_;  // most recently used first
};

}  // namespace shoal::record
