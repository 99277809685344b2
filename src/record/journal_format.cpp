// SPDX-License-Identifier: Apache-2.0
#include "record/journal_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "shoal/record/crc32c.hpp"

namespace shoal::record {
namespace {

constexpr std::size_t kMajor = 8, kMinor = 10, kCreated = 12, kRunId = 20, kDigest = 56, kChecksum = 124;  // offsets
constexpr std::size_t kRunIdBytes = 36, kDigestBytes = 64;

template <class T>
void store(std::vector<std::byte>& bytes, std::size_t at, T value) { std::memcpy(bytes.data() + at, &value, sizeof value); }

template <class T>
T load(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string text_at(std::span<const std::byte> bytes, std::size_t at, std::size_t length) {
  const auto* first = reinterpret_cast<const char*>(bytes.data()) + at;
  return {first, std::find(first, first + length, '\0')};
}

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw Error(ExitCode::other_input, fmt::format("cannot read {}: {}. Start afresh with --new, which keeps the old files.", path, reason));
}

}  // namespace

std::vector<std::byte> header_bytes(const JournalHeader& header) {
  if (header.run_id.size() > kRunIdBytes || header.science_digest.size() > kDigestBytes)
    throw std::logic_error("the run id or the science digest of a journal is too long");
  std::vector<std::byte> bytes(kHeaderBytes, std::byte{0});
  std::memcpy(bytes.data(), kJournalMagic.data(), kJournalMagic.size());
  store(bytes, kMajor, kJournalMajor);
  store(bytes, kMinor, kJournalMinor);
  store(bytes, kCreated, header.created);
  std::memcpy(bytes.data() + kRunId, header.run_id.data(), header.run_id.size());
  std::memcpy(bytes.data() + kDigest, header.science_digest.data(), header.science_digest.size());
  store(bytes, kChecksum, crc32c(std::span(bytes).first(kChecksum)));
  return bytes;
}

JournalHeader parse_header(std::span<const std::byte> bytes, const std::string& path) {
  if (std::memcmp(bytes.data(), kJournalMagic.data(), kJournalMagic.size()) != 0) refuse(path, "it is not a journal of shoal, or its start is damaged");
  if (load<std::uint32_t>(bytes, kChecksum) != crc32c(bytes.first(kChecksum))) refuse(path, "its start is damaged, so it is unknown whose journal it is");
  const auto major = load<std::uint16_t>(bytes, kMajor);
  if (major != kJournalMajor)
    refuse(path, fmt::format("it has version {} of the journal format, and this program reads version {}: use the shoal that wrote it", major, kJournalMajor));
  JournalHeader header;
  header.minor = load<std::uint16_t>(bytes, kMinor);
  header.created = load<std::int64_t>(bytes, kCreated);
  header.run_id = text_at(bytes, kRunId, kRunIdBytes);
  header.science_digest = text_at(bytes, kDigest, kDigestBytes);
  return header;
}

std::uint32_t record_checksum(std::uint32_t length, std::span<const std::byte> payload) {
  return crc32c(payload, crc32c(std::as_bytes(std::span(&length, 1))));
}

void add_record(std::vector<std::byte>& buffer, RecordKind kind, std::span<const std::byte> content) {
  if (content.size() >= kLargestRecord) throw std::logic_error("a journal record is larger than 2 GiB");
  const auto length = static_cast<std::uint32_t>(content.size() + 1);
  const std::size_t start = buffer.size();
  buffer.resize(start + kRecordHead + 1);
  buffer[start + kRecordHead] = static_cast<std::byte>(kind);
  buffer.insert(buffer.end(), content.begin(), content.end());
  const std::uint32_t checksum = record_checksum(length, std::span(buffer).subspan(start + kRecordHead));
  std::memcpy(buffer.data() + start, &length, 4);
  std::memcpy(buffer.data() + start + 4, &checksum, 4);
}

}  // namespace shoal::record
