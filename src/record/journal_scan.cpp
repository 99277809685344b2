// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "record/descriptor.hpp"
#include "record/journal_format.hpp"

namespace shoal::record {
namespace {

// Reads a file forwards through a buffer, so that small records cost no system call each.
class Window {
 public:
  Window(int descriptor, std::int64_t length, const std::string& path) : descriptor_(descriptor), length_(length), path_(path) {}

  // The next n bytes, or fewer at the end of the file, without consuming them.
  std::span<const std::byte> peek(std::size_t n) {
    if (buffer_.size() - at_ < n) refill(n);
    return std::span(buffer_).subspan(at_, std::min(n, buffer_.size() - at_));
  }
  void consume(std::size_t n) { at_ += n; }
  std::int64_t left() const { return length_ - read_ + static_cast<std::int64_t>(buffer_.size() - at_); }

 private:
  void refill(std::size_t n) {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + std::min(std::max(n, kPiece), static_cast<std::size_t>(length_ - read_)));
    const std::size_t got = read_at(descriptor_, read_, std::span(buffer_).subspan(had), path_);
    buffer_.resize(had + got);
    read_ += static_cast<std::int64_t>(got);
    if (got == 0) length_ = read_;  // it became shorter meanwhile
  }

  int descriptor_;
  std::int64_t length_;
  std::string path_;
  std::int64_t read_ = 0;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0;
};

enum class Found { record, end, torn, damaged };

// The payload of the record at the window's position, whole and sound.
Found next_record(Window& window, std::span<const std::byte>& payload) {
  const std::int64_t left = window.left();
  if (left == 0) return Found::end;
  const auto head = window.peek(kRecordHead);
  if (head.size() < kRecordHead) return Found::torn;
  std::uint32_t length = 0, checksum = 0;
  std::memcpy(&length, head.data(), 4);
  std::memcpy(&checksum, head.data() + 4, 4);
  if (length == 0 || length > kLargestRecord) return Found::damaged;
  if (static_cast<std::int64_t>(kRecordHead + length) > left) return Found::torn;
  const auto record = window.peek(kRecordHead + length);
  if (record.size() < kRecordHead + length) return Found::torn;
  payload = record.subspan(kRecordHead);
  return record_checksum(length, payload) == checksum ? Found::record : Found::damaged;
}

}  // namespace

JournalScan scan_journal(const std::string& path, const RecordVisitor& visit) {
  JournalScan scan;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return scan;
  if (file.get() < 0) throw file_error("read", path, errno);
  scan.file_bytes = length_of(file.get(), path);
  Window window(file.get(), scan.file_bytes, path);

  const auto head = window.peek(kHeaderBytes);
  const bool is_start = head.empty() || std::memcmp(head.data(), kJournalMagic.data(), std::min(head.size(), kJournalMagic.size())) == 0;
  if (head.size() < kHeaderBytes && is_start) return scan;
  if (head.size() < kHeaderBytes) throw Error(ExitCode::other_input, fmt::format("cannot read {}: it is not a journal of shoal. Move it away.", path));
  scan.header = parse_header(head, path);
  scan.sound_bytes = kHeaderBytes;
  window.consume(kHeaderBytes);

  Found found;
  for (std::span<const std::byte> payload; (found = next_record(window, payload)) == Found::record;) {
    if (visit) visit(static_cast<RecordKind>(payload[0]), payload.subspan(1));
    window.consume(kRecordHead + payload.size());
    scan.sound_bytes += static_cast<std::int64_t>(kRecordHead + payload.size());
    ++scan.n_records;
  }
  scan.damaged = found == Found::damaged;
  if (found != Found::end)
    scan.note = fmt::format("{}: {} bytes at its end {}; the tasks in them are computed again.", path, scan.file_bytes - scan.sound_bytes,
                            scan.damaged ? "are damaged" : "are an unfinished record");
  return scan;
}

}  // namespace shoal::record
