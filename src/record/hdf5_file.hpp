// SPDX-License-Identifier: Apache-2.0
// Opening HDF5 files and images for reading.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "record/hdf5_call.hpp"
#include "shoal/error.hpp"

namespace shoal::record {

// How all files are opened: format of HDF5 1.10 (every part of the metadata has a checksum), no file locking.
Handle file_access();

// Throws file_error() if the file cannot be opened, Hdf5Failure if it is not HDF5.
Handle open_file(const std::string& path);

// Opens an image where it stands: nothing is copied, and the bytes must outlive the handle.
Handle open_image(std::span<const std::byte> image);

// Runs `work` and turns HDF5's failures into "cannot read ...", exit code 76.
template <class Work>
auto reading(const std::string& path, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const Hdf5Failure& failure) {
    throw Error(ExitCode::other_input, fmt::format("cannot read {}: {}. If it is damaged, restore a copy or move it away.", path, failure.what()));
  } catch (const std::bad_alloc&) {
    throw Error(ExitCode::other_input, fmt::format("cannot read {}: it does not fit into memory here.", path));
  }
}

}  // namespace shoal::record
