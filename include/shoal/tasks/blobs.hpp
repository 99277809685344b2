// SPDX-License-Identifier: Apache-2.0
// Blobs: what a task leaves for its successors (weights, optimiser state). Not journalled, not part of any result, and
// never needed for correctness: a blob that is gone is computed again, because tasks are pure.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "shoal/tasks/job.hpp"

namespace shoal::tasks {

// The blobs of one rank, and its tiles. All members are called from several threads at once.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Called by the worker thread that ran the task, before its result is handed in; returns when the blob is as durable
  // as the store makes it. May be called again for a task that was computed again.
  virtual void put(TaskId, ByteView) = 0;

  // The blob, or nothing if this rank cannot produce it. Also asked for blobs that other ranks or earlier runs made: a
  // store with side files may find them there.
  virtual std::optional<Bytes> get(TaskId) = 0;

  // Where the tasks of this rank put their tiles; null: nowhere (a task that puts one fails).
  virtual TileStore* tiles() { return nullptr; }
};

// In memory, least recently used out first, never fewer than `min_blobs`.
class MemoryBlobStore final : public BlobStore {
 public:
  explicit MemoryBlobStore(std::size_t max_bytes = std::size_t{1} << 30, std::size_t min_blobs = 64)
      : max_bytes_(max_bytes), min_blobs_(min_blobs) {}

  void put(TaskId, ByteView) override;
  std::optional<Bytes> get(TaskId) override;
  std::size_t bytes() const;

 private:
  using Entry = std::pair<TaskId, Bytes>;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::map<TaskId, std::list<Entry>::iterator> index_;
  std::size_t bytes_ = 0;
  std::size_t max_bytes_;
  std::size_t min_blobs_;
};

}  // namespace shoal::tasks
