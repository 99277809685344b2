// SPDX-License-Identifier: Apache-2.0
// A checksum over a whole file image, in 16 bytes behind the end that HDF5 knows.
//
// HDF5 checks its metadata and our chunks, but not the heap of variable-length texts, and crashes where that is
// damaged. So the whole file is checked before HDF5 sees it. Tools that know nothing of the seal ignore it, and drop it
// if they change the file: a file without a seal is read without this check.
//
//   seal = "SHOALCRC" | CRC-32C u32 of all bytes before the seal | zeros 4 bytes
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "shoal/record/write_file.hpp"

namespace shoal::record {

inline constexpr std::size_t kSealBytes = 16;

// The seal of an image without one.
std::vector<std::byte> seal_of(std::span<const std::byte> image);

// Cuts a file on the disk where its superblock says that it ends, and adds the seal. Throws file_error(), and
// SystemError (74) if there is no superblock.
void seal_file(const std::string& path, Guard& guard);

// False if the bytes have a seal that they do not fit. True if they fit, or there is none.
bool fits_seal(std::span<const std::byte> bytes);

// The same for an open file, read in pieces.
bool fits_seal(int descriptor, const std::string& path);

}  // namespace shoal::record
