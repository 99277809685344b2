// SPDX-License-Identifier: Apache-2.0
// Trees as HDF5: complete file images in memory, and files read back.
//
// A file is never modified in place: the image is built by HDF5's core driver without a backing store and leaves by
// write_atomically. Every image is opened again and compared with the tree before it is handed out.
// Behind the end that HDF5 knows stand 16 bytes more: a checksum of the whole file, which is verified before HDF5 reads it
// (damaged heaps of texts crash HDF5); other tools ignore it.
// HDF5 is entered by one thread at a time (these functions take turns); its file locking is switched off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shoal/record/tree.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::record {

// The bytes of an HDF5 file that holds `root`, sealed. Throws std::logic_error if the tree breaks its rules (check_tree), and
// SystemError (74) with HDF5's own error stack if HDF5 fails or the image does not read back equal.
std::vector<std::byte> make_image(const Group& root, Guard* guard = nullptr);

// make_image, then write_atomically. Throws SystemError (74) if the file does not read back as it was written.
void write_tree(const std::string& path, const Group& root, Guard* guard = nullptr);

// The tree of an HDF5 image in memory. Throws Error (76) if it is not one, or damaged. Objects and attributes of types that trees cannot hold are left out.
Group read_image(std::span<const std::byte> image, const std::string& name = "image");

// The first difference between the HDF5 file at `path` and `root`, such as "/results/loss: values differ"; empty if there is
// none. Reads one dataset at a time. Throws Error (76) if the file cannot be read.
std::string compare_file(const std::string& path, const Group& root);

// Version of the HDF5 library in use, such as "1.10.8".
std::string hdf5_version();

}  // namespace shoal::record
