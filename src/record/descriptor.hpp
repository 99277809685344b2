// SPDX-License-Identifier: Apache-2.0
// An open file, closed at the end of its scope; and writing all of a buffer.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace shoal::record {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

// Writes all bytes at the present position. Returns 0 or the error number.
int write_fully(int descriptor, std::span<const std::byte> bytes);

// Reads up to bytes.size() bytes at `offset`, fewer only at the end of the file. Returns their number; throws file_error.
std::size_t read_at(int descriptor, std::int64_t offset, std::span<std::byte> bytes, const std::string& path);

// Length of an open file; throws file_error.
std::int64_t length_of(int descriptor, const std::string& path);

}  // namespace shoal::record
