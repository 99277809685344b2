// SPDX-License-Identifier: Apache-2.0
// The state of a program's trial: a folder of files, which travels from leg to leg and from rank to rank as bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "shoal/tasks/job.hpp"

namespace shoal::workloads::tune {

// Blobs move in one message each, which MPI limits to 2 GiB.
inline constexpr std::int64_t kLargestCheckpoint = std::int64_t{1} << 30;

class CheckpointFolder {
 public:
  // A new folder below that of temporary files (TMPDIR), with the files of `state`; empty: none. Throws SystemError if that
  // fails.
  explicit CheckpointFolder(tasks::ByteView state);
  // Removes it with all that is in it.
  ~CheckpointFolder();
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  std::string path() const { return folder_.string(); }

  // Bytes of the regular files in it, at any depth.
  std::int64_t bytes() const;

  // Its regular files, sorted by name: number of files, then name and content of each. Throws SystemError if one cannot be
  // read.
  tasks::Bytes pack() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace shoal::workloads::tune
