// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/blobs.hpp"

namespace shoal::tasks {

void MemoryBlobStore::put(TaskId id, ByteView blob) {
  const std::lock_guard lock(mutex_);
  if (const auto old = index_.find(id); old != index_.end()) {
    bytes_ -= old->second->second.size();
    entries_.erase(old->second);
    index_.erase(old);
  }
  entries_.emplace_front(id, Bytes(blob.begin(), blob.end()));
  index_[id] = entries_.begin();
  bytes_ += blob.size();
  while (bytes_ > max_bytes_ && entries_.size() > min_blobs_) {
    bytes_ -= entries_.back().second.size();
    index_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

std::optional<Bytes> MemoryBlobStore::get(TaskId id) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(id);
  if (found == index_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

std::size_t MemoryBlobStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace shoal::tasks
