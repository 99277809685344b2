// SPDX-License-Identifier: Apache-2.0
// Result files as such: what stands at the root, and reading with all checks.
#pragma once

#include <cstdint>
#include <string>

#include "shoal/record/tree.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::record {

inline constexpr std::int64_t kResultMajor = 1;  // raised when old readers must refuse
inline constexpr std::int64_t kResultMinor = 0;  // raised when something is added

// The attributes of the root that are not computed.
struct RootInfo {
  std::string shoal_version;
  std::string title;
  std::string workload;
  std::string status = "partial";  // "complete", "partial" or "failed"
  std::string created;             // UTC, such as 2026-01-31T12:00:00Z; see utc_now()
  bool reproducible = true;
};

// Sets all attributes of the root: filetype, version, those of `info`, digest (of /results as it is now) and complete
// (1 if status is "complete", else 0). Call it when the tree is otherwise finished.
void seal(Group& root, const RootInfo& info);

// Those attributes as stored. Throws Error (76) if one is missing.
RootInfo root_info(const Group& root);

// The stored digest; empty if there is none.
std::string stored_digest(const Group& root);

// Reads a whole result and verifies its digest. Throws InputError (66) if there is no such file, SystemError (77, 74) if it
// cannot be read, Error (76) if it is no result, was written by an unknown major version, is damaged, or its content does
// not have its digest.
Group read_result(const std::string& path);

// As read_result, in little memory: numbers of arrays below /results of more than `larger_than` bytes stay in the file
// (Dataset::source). Checked, they are read once and have hashes; else the digest is verified only if nothing was left.
inline constexpr std::uint64_t kLargeArray = std::uint64_t{256} << 20;
Group open_result(const std::string& path, bool check = true, std::uint64_t larger_than = kLargeArray);

// Only the attributes of the root, or also what is at `inside` (such as "/provenance" or "/results/best/loss"), at its
// place in the tree; the digest is not verified. Errors as read_result; 66 if there is nothing at `inside`.
Group read_root(const std::string& path);
Group read_part(const std::string& path, const std::string& inside);

// Writes a sealed tree and, once it is in place, reads the file back and compares it. Throws SystemError (74) if they
// differ, else as write_tree.
void write_result(const std::string& path, const Group& root, Guard* guard = nullptr);

// Now, in UTC, to the second: 2026-01-31T12:00:00Z.
std::string utc_now();

}  // namespace shoal::record
