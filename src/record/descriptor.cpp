// SPDX-License-Identifier: Apache-2.0
#include "record/descriptor.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "shoal/record/write_file.hpp"

namespace shoal::record {

int write_fully(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return ENOSPC;  // POSIX leaves this open; no progress means no space
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

std::size_t read_at(int descriptor, std::int64_t offset, std::span<std::byte> bytes, const std::string& path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(descriptor, bytes.data() + done, bytes.size() - done, offset + static_cast<std::int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw file_error("read", path, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

std::int64_t length_of(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw file_error("read", path, errno);
  return status.st_size;
}

}  // namespace shoal::record
