// SPDX-License-Identifier: Apache-2.0
// Whole data files in memory, plain or compressed by gzip.
#pragma once

#include <cstdint>
#include <string>

namespace shoal::nn {

// Memory of this machine in bytes.
double machine_memory();

// Throws InputError (69) with both sizes if `needed` bytes are more than `available`.
void check_memory(const std::string& path, double needed, double available = machine_memory());

// The content of a file, unpacked. memory_factor: bytes of memory that a byte of it will need, itself included. Throws
// InputError: 66 missing, 77 not allowed, 65 a folder or damaged, 69 too large for `available`.
std::string read_bytes(const std::string& path, double memory_factor, double available = machine_memory());

// The first bytes of a file, unpacked, at most n.
std::string first_bytes(const std::string& path, std::size_t n);

}  // namespace shoal::nn
