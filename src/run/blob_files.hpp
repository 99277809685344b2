// SPDX-License-Identifier: Apache-2.0
// What the tasks of one rank leave beside their results. Blobs: the recent ones in memory, all of them in side files beside
// the result. Tiles: tile_files.hpp.
//
// A blob is written at once (it survives the process) and made durable at most once a second: what a power failure takes
// is computed again, because tasks are pure, and that costs less than an fsync after every short task.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "run/tile_files.hpp"
#include "shoal/record/side_file.hpp"
#include "shoal/tasks/blobs.hpp"

namespace shoal::run {

class BlobFiles final : public tasks::BlobStore {
 public:
  BlobFiles(const std::string& result, std::int64_t segment, int rank, const std::vector<record::StreamedDataset>& streamed)
      : files_(result, "blobs", segment, rank), tiles_(result, segment, rank, streamed) {}

  void put(tasks::TaskId id, tasks::ByteView blob) override;
  std::optional<tasks::Bytes> get(tasks::TaskId id) override;
  tasks::TileStore* tiles() override { return &tiles_; }

 private:
  tasks::MemoryBlobStore memory_;
  record::SideStore files_;
  TileFiles tiles_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point last_sync_{};
};

}  // namespace shoal::run
