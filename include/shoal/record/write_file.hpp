// SPDX-License-Identifier: Apache-2.0
// Writing files so that a crash, a kill or a full disk leaves the previous state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/error.hpp"

namespace shoal::record {

// Asked on the way by everything that writes for long; see Lock. The default allows all.
class Guard {
 public:
  virtual ~Guard() = default;
  // Before every fsync and rename. Throws to forbid it.
  virtual void check() {}
  // Now and then during long writes: shows the world that we live. Cheap, does not throw.
  virtual void keep_alive() noexcept {}
};

// A failed system call as an error with place, reason and remedy, such as
//   cannot write out.h5.part: no space left on the device. Free some space and run the same command again: nothing
//   finished is lost.
// Code 77 for EACCES and EPERM, 66 for ENOENT while reading, else 74. `action`: "write", "read", "open", "rename", ...
Error file_error(std::string_view action, const std::string& path, int error_number);

// Replaces the file at `path`: writes `path`.part, fsync, rename, fsync of the folder. If anything fails, `path` is as
// before and `path`.part is removed. A symbolic link at `path` is followed. Throws what file_error() gives, and whatever
// guard->check() throws.
void write_atomically(const std::string& path, std::span<const std::byte> bytes, Guard* guard = nullptr);

// Throws SystemError (74) unless the file at `path` holds these bytes and no others.
void require_same_bytes(const std::string& path, std::span<const std::byte> bytes, Guard* guard = nullptr);

// Where a symbolic link at `path` points; else the path itself.
std::string followed(const std::string& path);

// The whole content of a file. Throws what file_error() gives.
std::vector<std::byte> read_file(const std::string& path);

// Makes creations, renames and removals in the folder of `path` durable.
void sync_folder_of(const std::string& path);

// Removes a file and makes that durable; a file that is not there is no error.
void remove_file(const std::string& path);

// Keeps an existing file: renames `path` to the first free of `path`.1, `path`.2, ... and returns that name.
std::string keep_aside(const std::string& path);

}  // namespace shoal::record
