// SPDX-License-Identifier: Apache-2.0
// Bytes of the journal's header and records; see shoal/record/journal.hpp.
#pragma once

#include <cstdint>
#include <string>

#include "shoal/record/journal.hpp"

namespace shoal::record {

inline constexpr std::size_t kHeaderBytes = 128;
inline constexpr std::size_t kRecordHead = 8;                         // length and checksum
inline constexpr std::uint32_t kLargestRecord = 0x7fffffffU;          // bytes of payload
inline constexpr std::string_view kJournalMagic = "SHOALJNL";

// Throws std::logic_error if run id or digest are too long.
std::vector<std::byte> header_bytes(const JournalHeader& header);

// Throws Error (76), naming the file, if the 128 bytes are no header or of an unknown major version.
JournalHeader parse_header(std::span<const std::byte> bytes, const std::string& path);

// Appends one record to a buffer.
void add_record(std::vector<std::byte>& buffer, RecordKind kind, std::span<const std::byte> content);

// Checksum of a record with this payload (kind and content).
std::uint32_t record_checksum(std::uint32_t length, std::span<const std::byte> payload);

}  // namespace shoal::record
