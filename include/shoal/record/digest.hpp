// SPDX-License-Identifier: Apache-2.0
// The digest: 64 hexadecimal digits that name the content of /results.
//
// Definition, version 1, for readers in other languages (src/record/README.md has a worked example):
//
//   digest  = hex(SHA-256("shoal-digest-1\n" + line + line + ...)), the lines in the order of the bytes of their paths
//   line    = path + "\t" + type + "\t" + shape + "\t" + content + "\n"       for every dataset below /results
//   path    = "/results/...", UTF-8
//   type    = f8 | f4 | i8 | i4 | i1 | u8 | u4 | text
//   shape   = extents in decimal joined by ","; empty for a scalar
//   content = hex(SHA-256(SHA-256(block 0) + SHA-256(block 1) + ...)), the inner hashes as 32 raw bytes
//   block   = shoal/record/layout.hpp; numbers: little-endian, each NaN as 7ff8000000000000 (f8) or 7fc00000 (f4),
//             -0.0 kept; texts: the UTF-8 bytes of each string followed by one zero byte
//
// Scales without values (HDF5 attribute NAME begins with "This is a netCDF dimension but not a netCDF variable") and all
// attributes are not part of it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "shoal/record/sha256.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

// hex digits; `results` is the group /results.
std::string digest(const Group& results);

// One dataset's line of the definition, with the trailing newline.
std::string digest_line(const std::string& path, const Dataset& dataset);

// SHA-256 of one block of `dataset`: elements [first, first + count).
Sha256Value block_hash(const Dataset& dataset, std::uint64_t first, std::uint64_t count);

// SHA-256 of a block of numbers.
Sha256Value block_hash(Type type, std::span<const std::byte> elements);

}  // namespace shoal::record
