// SPDX-License-Identifier: Apache-2.0
// Side files: large things that do not go through rank 0. Each rank of each segment appends to a file of its own,
// RESULT.h5.blobs.<segment>.<rank> or RESULT.h5.tiles.<segment>.<rank>; a rank believed lost never shares one.
//
//   file   = record*
//   record = length u32 (of the payload) | CRC-32C u32 of (length, id, payload) | id: group i64, number i64 | payload
//
// Little-endian. A torn tail is ignored. Blobs: group = stream, number = task. Tiles: group = field, number = chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/record/write_file.hpp"

namespace shoal::record {

struct SideId {
  std::int64_t group = 0;
  std::int64_t number = 0;
  friend auto operator<=>(const SideId&, const SideId&) = default;
};

// `kind`: "blobs" or "tiles".
std::string side_file_path(const std::string& result, std::string_view kind, std::int64_t segment, int rank);

// All side files of a result, sorted by segment and rank.
std::vector<std::string> find_side_files(const std::string& result, std::string_view kind);

// Removes all side files of a result, durably.
void remove_side_files(const std::string& result, std::string_view kind);

// Appends. All members may be called from several threads at once.
class SideWriter {
 public:
  // Makes the file, or the next free one if it exists: `path`, `path`.a, `path`.b ... is never shared.
  explicit SideWriter(std::string path, Guard* guard = nullptr);
  ~SideWriter();
  SideWriter(const SideWriter&) = delete;
  SideWriter& operator=(const SideWriter&) = delete;

  // Throws SystemError (74) if it cannot be written; the file is then as before the call.
  void append(SideId id, std::span<const std::byte> payload);

  // Makes everything appended before the call durable. Throws SystemError (74).
  void sync();

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  Guard* guard_ = nullptr;
  int descriptor_ = -1;
  std::mutex mutex_;
  std::int64_t position_ = 0;
};

// Reads one file through an index of its records. Not for several threads at once.
class SideReader {
 public:
  explicit SideReader(std::string path);
  ~SideReader();
  SideReader(const SideReader&) = delete;
  SideReader& operator=(const SideReader&) = delete;

  // Looks for records appended since the last call (the constructor makes the first).
  void refresh();

  // The payload, checked; the last sound one if an id occurs again; nothing if there is none.
  std::optional<std::vector<std::byte>> read(SideId id) const;

  std::vector<SideId> ids() const;

 private:
  struct Place {
    std::int64_t offset = 0;
    std::uint32_t length = 0;
  };
  std::string path_;
  int descriptor_ = -1;
  std::int64_t end_ = 0;  // of the indexed records
  std::map<SideId, std::vector<Place>> index_;  // in the order of the file
};

// All side files of one kind of a result, own and others', of this and earlier segments. Thread-safe.
class SideStore {
 public:
  // The own file is made at the first put().
  SideStore(std::string result, std::string kind, std::int64_t segment, int rank, Guard* guard = nullptr);
  ~SideStore();

  // Appends to the own file; durable after sync().
  void put(SideId id, std::span<const std::byte> payload);
  void sync();

  // From whichever file has it; looks for new files and records if the known ones do not.
  std::optional<std::vector<std::byte>> get(SideId id);

 private:
  SideWriter& writer();
  std::optional<std::vector<std::byte>> find(SideId id) const;

  std::string result_, kind_;
  std::int64_t segment_ = 0;
  int rank_ = 0;
  Guard* guard_ = nullptr;
  std::mutex mutex_;
  std::unique_ptr<SideWriter> writer_;
  std::map<std::string, std::unique_ptr<SideReader>> readers_;
};

}  // namespace shoal::record
