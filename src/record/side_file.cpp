// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/side_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "record/byte_stream.hpp"
#include "record/descriptor.hpp"
#include "record/side_scan.hpp"
#include "shoal/record/crc32c.hpp"

namespace shoal::record {
namespace {

std::uint32_t checksum(std::uint32_t length, SideId id, std::span<const std::byte> payload) {
  const auto head = ByteWriter().put(length).put(id.group).put(id.number).take();
  return crc32c(payload, crc32c(head));
}

}  // namespace

std::int64_t scan_side_file(int descriptor, const std::string& path, std::int64_t begin, const SideVisitor& visit) {
  const std::int64_t end = length_of(descriptor, path);
  std::vector<std::byte> head(kSideHead);
  std::int64_t at = begin;
  while (at + static_cast<std::int64_t>(kSideHead) <= end) {
    if (read_at(descriptor, at, head, path) < kSideHead) break;
    ByteReader reader(head, "side file");
    const auto length = reader.number<std::uint32_t>();
    reader.number<std::uint32_t>();  // checksum: looked at when the payload is read
    SideId id;
    id.group = reader.number<std::int64_t>();
    id.number = reader.number<std::int64_t>();
    const std::int64_t next = at + static_cast<std::int64_t>(kSideHead) + length;
    if (next > end) break;  // torn, or still being written
    visit(id, at, length);
    at = next;
  }
  return at;
}

std::optional<std::vector<std::byte>> read_side_record(int descriptor, const std::string& path, SideId id, std::int64_t offset,
                                                       std::uint32_t length) {
  std::vector<std::byte> record(kSideHead + length);
  if (read_at(descriptor, offset, record, path) < record.size()) return std::nullopt;
  std::uint32_t stored = 0;
  std::memcpy(&stored, record.data() + 4, 4);
  record.erase(record.begin(), record.begin() + kSideHead);
  if (stored != checksum(length, id, record)) return std::nullopt;
  return record;
}

SideWriter::SideWriter(std::string path, Guard* guard) : path_(std::move(path)), guard_(guard) {
  const std::string wanted = path_;
  for (char letter = 'a';; ++letter) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) break;
    if (errno != EEXIST || letter > 'z') throw file_error("write", path_, errno);
    path_ = wanted + "." + letter;
  }
  sync_folder_of(path_);
}

SideWriter::~SideWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SideWriter::append(SideId id, std::span<const std::byte> payload) {
  if (payload.size() > 0xffffffffU) throw std::logic_error("a blob or tile is larger than 4 GiB");
  const auto length = static_cast<std::uint32_t>(payload.size());
  const auto head = ByteWriter().put(length).put(checksum(length, id, payload)).put(id.group).put(id.number).take();
  const std::lock_guard lock(mutex_);
  int error = write_fully(descriptor_, head);
  if (error == 0) error = write_fully(descriptor_, payload);
  if (error != 0) {
    if (::ftruncate(descriptor_, position_) != 0) throw file_error("write", path_, errno);
    throw file_error("write", path_, error);
  }
  position_ += static_cast<std::int64_t>(kSideHead + payload.size());
}

void SideWriter::sync() {
  if (guard_) guard_->check();
  if (::fdatasync(descriptor_) != 0) throw file_error("write", path_, errno);
}

SideReader::SideReader(std::string path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw file_error("read", path_, errno);
  refresh();
}

SideReader::~SideReader() { ::close(descriptor_); }

void SideReader::refresh() {
  end_ = scan_side_file(descriptor_, path_, end_, [this](SideId id, std::int64_t offset, std::uint32_t length) {
    index_[id].push_back({offset, length});
  });
}

std::optional<std::vector<std::byte>> SideReader::read(SideId id) const {
  const auto found = index_.find(id);
  if (found == index_.end()) return std::nullopt;
  for (auto place = found->second.rbegin(); place != found->second.rend(); ++place)
    if (auto payload = read_side_record(descriptor_, path_, id, place->offset, place->length)) return payload;
  return std::nullopt;
}

std::vector<SideId> SideReader::ids() const {
  std::vector<SideId> all;
  for (const auto& entry : index_) all.push_back(entry.first);
  return all;
}

}  // namespace shoal::record
