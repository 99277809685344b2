// SPDX-License-Identifier: Apache-2.0
// For runs that leave no result (`shoal verify`, `shoal check --measure`): blobs in memory, tiles hashed and forgotten.
#pragma once

#include <optional>
#include <vector>

#include "run/tile_files.hpp"
#include "shoal/tasks/blobs.hpp"

namespace shoal::run {

class HashingStore final : public tasks::BlobStore {
 public:
  explicit HashingStore(const std::vector<record::StreamedDataset>& datasets) : tiles_(datasets) {}
  void put(tasks::TaskId id, tasks::ByteView blob) override { blobs_.put(id, blob); }
  std::optional<tasks::Bytes> get(tasks::TaskId id) override { return blobs_.get(id); }
  tasks::TileStore* tiles() override { return &tiles_; }

 private:
  tasks::MemoryBlobStore blobs_;
  TileHashes tiles_;
};

}  // namespace shoal::run
