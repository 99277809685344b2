// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected; RFC 3720 appendix B.4): guards records of journals and side files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace shoal::record {

// The checksum of `bytes`, continuing from `crc`, the checksum of what came before (0: nothing).
// crc32c(b, crc32c(a)) = crc32c(a followed by b); crc32c("123456789") = 0xE3069283.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

// The same from the definition, one bit at a time: the reference that tests compare with.
std::uint32_t crc32c_reference(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace shoal::record
