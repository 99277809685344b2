// SPDX-License-Identifier: Apache-2.0
// The tiles of one rank: compressed by the thread that computed them, appended to the rank's own side file.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "shoal/record/side_file.hpp"
#include "shoal/record/streamed.hpp"
#include "shoal/tasks/tiles.hpp"

namespace shoal::run {

// Checks what tasks put against the list of streamed datasets, and keeps nothing: `shoal verify` needs the hashes only.
class TileHashes : public tasks::TileStore {
 public:
  explicit TileHashes(const std::vector<record::StreamedDataset>& datasets) : datasets_(datasets) {}

  // Throws std::logic_error if there is no such tile or its size is wrong.
  tasks::TileHash put(tasks::TileId, std::span<const std::byte> elements, std::uint64_t extent) override;
  void sync() override {}

 protected:
  // The dataset that a tile is of; an open one with its extent.
  record::StreamedDataset checked_dataset(tasks::TileId, std::size_t n_bytes, std::uint64_t extent) const;

 private:
  std::vector<record::StreamedDataset> datasets_;
};

class TileFiles final : public TileHashes {
 public:
  TileFiles(const std::string& result, std::int64_t segment, int rank, const std::vector<record::StreamedDataset>& datasets)
      : TileHashes(datasets), files_(result, "tiles", segment, rank) {}

  tasks::TileHash put(tasks::TileId, std::span<const std::byte> elements, std::uint64_t extent) override;

  // Threads that come while another one syncs wait for the next round together.
  void sync() override;

 private:
  record::SideStore files_;
  std::mutex mutex_;
  std::condition_variable synced_;
  std::uint64_t wanted_ = 0;  // calls of sync so far
  std::uint64_t done_ = 0;    // of these: those whose tiles are durable
  bool syncing_ = false;
};

}  // namespace shoal::run
