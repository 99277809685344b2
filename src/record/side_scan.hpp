// SPDX-License-Identifier: Apache-2.0
// The records of a side file, as side_file.hpp describes them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shoal/record/side_file.hpp"

namespace shoal::record {

inline constexpr std::size_t kSideHead = 24;  // length, checksum, id

// Calls `visit` for every whole record from byte `begin` on; returns where the next one would begin. Payloads are not read.
using SideVisitor = std::function<void(SideId id, std::int64_t offset, std::uint32_t length)>;
std::int64_t scan_side_file(int descriptor, const std::string& path, std::int64_t begin, const SideVisitor& visit);

// The payload of the record at `offset`; nothing if it is damaged.
std::optional<std::vector<std::byte>> read_side_record(int descriptor, const std::string& path, SideId id, std::int64_t offset,
                                                       std::uint32_t length);

}  // namespace shoal::record
