// SPDX-License-Identifier: Apache-2.0
// Tiles of streamed arrays in memory, for jobs that tests run by the serial driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "shoal/record/layout.hpp"
#include "shoal/record/sha256.hpp"
#include "shoal/record/streamed.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/tasks/serial.hpp"

namespace shoal::test {

class KeptTiles final : public tasks::BlobStore {
 public:
  void put(tasks::TaskId id, tasks::ByteView blob) override { blobs_.put(id, blob); }
  std::optional<tasks::Bytes> get(tasks::TaskId id) override { return blobs_.get(id); }
  tasks::TileStore* tiles() override { return &tiles_; }

  // Puts the arrays, made of their tiles, into /results. Throws std::logic_error if a tile is missing, or one too many.
  void place(const std::vector<record::StreamedDataset>& arrays, record::Group& results) const {
    std::size_t used = 0;
    for (std::size_t field = 0; field < arrays.size(); ++field) {
      const record::StreamedDataset& array = arrays[field];
      record::Dataset& placed = results.datasets[array.path.substr(array.path.rfind('/') + 1)] = array.form;
      std::int64_t number = 0;
      for (const record::Block& block : array.tiles()) {
        const auto tile = tiles_.kept.find({static_cast<std::int64_t>(field), number++});
        if (tile == tiles_.kept.end() || tile->second.size() != block.count * record::element_bytes(array.form.type))
          throw std::logic_error("a tile of " + array.path + " is missing or has another size");
        placed.bytes.insert(placed.bytes.end(), tile->second.begin(), tile->second.end());
        ++used;
      }
    }
    if (used != tiles_.kept.size()) throw std::logic_error("there are tiles that belong to no array");
  }

 private:
  struct Tiles final : tasks::TileStore {
    std::map<tasks::TileId, std::vector<std::byte>> kept;
    tasks::TileHash put(tasks::TileId id, std::span<const std::byte> elements, std::uint64_t) override {
      kept[id].assign(elements.begin(), elements.end());
      return record::sha256(elements);
    }
    void sync() override {}
  };
  tasks::MemoryBlobStore blobs_;
  Tiles tiles_;
};

}  // namespace shoal::test
