// SPDX-License-Identifier: Apache-2.0
// The journal: the truth about a run. Append-only, beside the result (RESULT.h5.journal).
//
//   file   = header record*
//   header = "SHOALJNL" | major u16 | minor u16 | created i64 (Unix seconds) | run id 36 bytes | science digest 64 bytes |
//            zeros 4 bytes | CRC-32C u32 of all before                                              128 bytes
//   record = length u32 | CRC-32C u32 of (length, payload) | payload = kind u8, content
//
// All numbers little-endian. Whoever reads takes the longest prefix of sound records. A torn tail (a record that is not
// complete) is cut; damage before the end is cut as well, but the bytes cut off are kept in RESULT.h5.journal.cut: tasks
// are pure, what is missing is computed again. A damaged header is an error (76): whose journal it is cannot be known.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shoal/record/write_file.hpp"

namespace shoal::record {

inline constexpr std::uint16_t kJournalMajor = 1;
inline constexpr std::uint16_t kJournalMinor = 0;

struct JournalHeader {
  std::string run_id;          // at most 36 bytes (a UUID's text fits)
  std::string science_digest;  // 64 hexadecimal digits: of everything that makes two inputs the same
  std::int64_t created = 0;    // Unix seconds
  std::uint16_t minor = kJournalMinor;
};

// What a record's content is. Readers skip kinds they do not know: a minor version only adds.
enum class RecordKind : std::uint8_t {
  results = 1,  // finished tasks: the bytes of tasks::serialise(ResultRun)
  segment = 2,  // a process began to work on the run: JournalSegment
  decision = 3, // what a task was asked to do, where that depends on time: the bytes of tasks::serialise(Decision)
  input = 4,    // what the run is, so that a changed input can be named key by key: JournalInput
};

// One start or resume of the run.
struct JournalSegment {
  std::int64_t number = 0;       // from 0
  std::int64_t started = 0;      // Unix seconds
  std::int32_t ranks = 1;
  std::int32_t threads = 1;      // worker threads of rank 0
  std::int64_t tasks_reused = 0; // finished tasks found in the journal
  std::string hosts;             // comma-separated
  std::string reason;            // "start", "resumed after a time limit", ...
  std::string program;           // version and commit
  std::string slurm_job;         // id and restart count, or empty
  std::string command_line;
};
std::vector<std::byte> serialise(const JournalSegment& segment);
JournalSegment parse_segment(std::span<const std::byte> content);  // throws Error (76) if it is not one

// The first record of every journal.
struct JournalInput {
  std::string title;
  std::string workload;
  std::int64_t n_tasks = -1;          // -1: not known beforehand
  std::vector<std::string> science;   // what makes two inputs the same, as lines `name = value`
};
std::vector<std::byte> serialise(const JournalInput& input);
JournalInput parse_input(std::span<const std::byte> content);  // throws Error (76) if it is not one

// What reading found.
struct JournalScan {
  std::optional<JournalHeader> header;  // none: the file does not exist or ends inside the header: nothing was recorded
  std::int64_t n_records = 0;
  std::int64_t sound_bytes = 0;         // length of the sound prefix
  std::int64_t file_bytes = 0;
  bool damaged = false;                 // bytes after the sound prefix are more than a torn record
  std::string note;                     // a sentence for the user if something was or will be cut; else empty
};

// Called for each sound record in order; the content is valid during the call.
using RecordVisitor = std::function<void(RecordKind kind, std::span<const std::byte> content)>;

// Reads without changing anything; safe while the journal is being written. Throws Error (76) if the header is damaged or of
// an unknown major version, else as file_error().
JournalScan scan_journal(const std::string& path, const RecordVisitor& visit = nullptr);

// The open journal of a run. append() is called by one thread at a time; sync() may run in another at the same time.
class Journal {
 public:
  // Makes a new journal, durable with its header on return. Throws Error (73) if the file exists.
  static Journal create(const std::string& path, const JournalHeader& header, Guard* guard = nullptr);

  // Opens an existing journal for appending after scan_journal() has read it; cuts off what is not sound.
  static Journal open(const std::string& path, const JournalScan& scan, Guard* guard = nullptr);

  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  // Writes one record with one system call. It survives the process at once, a power failure after the next sync(). Throws
  // SystemError (74) if it could not be written; the journal is then as before the call.
  void append(RecordKind kind, std::span<const std::byte> content);

  // Several records with one system call.
  struct Record {
    RecordKind kind;
    std::span<const std::byte> content;
  };
  void append(std::span<const Record> records);

  // Makes everything appended before the call durable; returns that position in bytes. Throws SystemError (74); from then on
  // every call throws, since it is unknown what the disk holds.
  std::int64_t sync();

  std::int64_t position() const noexcept { return position_.load(std::memory_order_acquire); }
  std::int64_t durable() const noexcept { return durable_.load(std::memory_order_acquire); }
  const std::string& path() const noexcept { return path_; }

  // Removes the file, durably: after the complete result has been read back.
  void remove();

 private:
  Journal(std::string path, int descriptor, std::int64_t position, Guard* guard);
  void write_all(std::span<const std::byte> bytes);

  std::string path_;
  int descriptor_ = -1;
  Guard* guard_ = nullptr;
  std::vector<std::byte> buffer_;
  std::atomic<std::int64_t> position_{0};
  std::atomic<std::int64_t> durable_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace shoal::record
