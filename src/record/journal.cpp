// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "record/descriptor.hpp"
#include "record/journal_format.hpp"

namespace shoal::record {
namespace {

// Copies what will be cut off to a file of its own beside the journal. Best effort: damage must not stop the run.
void keep_tail(int descriptor, std::int64_t from, const std::string& path) {
  try {
    std::vector<std::byte> tail(static_cast<std::size_t>(length_of(descriptor, path) - from));
    tail.resize(read_at(descriptor, from, tail, path));
    const std::string kept = path + ".cut";
    if (::access(kept.c_str(), F_OK) == 0) keep_aside(kept);
    write_atomically(kept, tail);
  } catch (const Error&) {
  }
}

}  // namespace

Journal::Journal(std::string path, int descriptor, std::int64_t position, Guard* guard)
    : path_(std::move(path)), descriptor_(descriptor), guard_(guard), position_(position), durable_(position) {}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), guard_(other.guard_),
      buffer_(std::move(other.buffer_)), position_(other.position_.load()), durable_(other.durable_.load()),
      failed_(other.failed_.load()) {}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// The header is durable under another name before the journal gets its own: a journal without a header is damage.
Journal Journal::create(const std::string& path, const JournalHeader& header, Guard* guard) {
  const std::vector<std::byte> bytes = header_bytes(header);
  if (guard) guard->check();
  if (::access(path.c_str(), F_OK) == 0 && scan_journal(path).header)
    throw Error(ExitCode::locked, fmt::format("{} is in the way: it belongs to an earlier run. Run that one's command again, or use --new.", path));
  write_atomically(path, bytes, guard);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (descriptor < 0) throw file_error("write", path, errno);
  return Journal(path, descriptor, kHeaderBytes, guard);
}

Journal Journal::open(const std::string& path, const JournalScan& scan, Guard* guard) {
  if (!scan.header) throw std::logic_error("a journal without header is made anew, not opened");
  if (guard) guard->check();
  Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (file.get() < 0) throw file_error("write", path, errno);
  // A torn record is one batch; more than that may be sound records behind a damaged length.
  constexpr std::int64_t kLargestTorn = std::int64_t{1} << 20;
  const bool is_more = scan.damaged || length_of(file.get(), path) - scan.sound_bytes > kLargestTorn;
  if (is_more) keep_tail(file.get(), scan.sound_bytes, path);
  if (length_of(file.get(), path) > scan.sound_bytes && ::ftruncate(file.get(), scan.sound_bytes) != 0)
    throw file_error("write", path, errno);
  // What an earlier process wrote may still be in the page cache only, and is counted as durable from here on.
  if (::fsync(file.get()) != 0) throw file_error("write", path, errno);
  return Journal(path, file.release(), scan.sound_bytes, guard);
}

void Journal::append(RecordKind kind, std::span<const std::byte> content) {
  const Record record{kind, content};
  append(std::span(&record, 1));
}

void Journal::append(std::span<const Record> records) {
  buffer_.clear();
  for (const Record& record : records) add_record(buffer_, record.kind, record.content);
  write_all(buffer_);
}

void Journal::write_all(std::span<const std::byte> bytes) {
  if (failed_) throw SystemError(fmt::format("{} cannot be written any more after an earlier error.", path_));
  const std::int64_t before = position();
  if (const int error = write_fully(descriptor_, bytes)) {
    // Half a record must not be followed by whole ones.
    if (::ftruncate(descriptor_, before) != 0) failed_ = true;
    throw file_error("write", path_, error);
  }
  position_.store(before + static_cast<std::int64_t>(bytes.size()), std::memory_order_release);
}

std::int64_t Journal::sync() {
  if (failed_) throw SystemError(fmt::format("{} cannot be written any more after an earlier error.", path_));
  if (guard_) guard_->check();
  const std::int64_t reached = position();
  if (reached == durable()) return reached;
  if (::fdatasync(descriptor_) != 0) {
    failed_ = true;  // the kernel may have dropped the pages: a second fsync would succeed without having written them
    throw file_error("write", path_, errno);
  }
  durable_.store(reached, std::memory_order_release);
  return reached;
}

void Journal::remove() {
  if (guard_) guard_->check();
  remove_file(path_);
}

}  // namespace shoal::record
