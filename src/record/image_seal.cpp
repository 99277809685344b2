// SPDX-License-Identifier: Apache-2.0
#include "record/image_seal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "record/byte_stream.hpp"
#include "record/descriptor.hpp"
#include "shoal/record/crc32c.hpp"

namespace shoal::record {
namespace {

constexpr std::string_view kMagic = "SHOALCRC";

std::vector<std::byte> seal_bytes(std::uint32_t checksum) {
  return ByteWriter().raw(std::as_bytes(std::span(kMagic))).put(checksum).put(std::uint32_t{0}).take();
}

bool has_magic(std::span<const std::byte> seal) { return std::memcmp(seal.data(), kMagic.data(), kMagic.size()) == 0; }

bool equal(std::span<const std::byte> a, std::span<const std::byte> b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace

std::vector<std::byte> seal_of(std::span<const std::byte> image) { return seal_bytes(crc32c(image)); }

void seal_file(const std::string& path, Guard& guard) {
  constexpr std::int64_t kEndOfFile = 28;  // in superblocks of versions 2 and 3
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) throw file_error("write", path, errno);
  std::int64_t end = 0;
  if (read_at(file.get(), kEndOfFile, std::as_writable_bytes(std::span(&end, 1)), path) < sizeof end || end <= 0 ||
      end > length_of(file.get(), path))
    throw SystemError("cannot write " + path + ": HDF5 left an incomplete file. Run the same command again.");
  if (::ftruncate(file.get(), end) != 0) throw file_error("write", path, errno);
  std::vector<std::byte> piece(std::size_t{1} << 20);
  std::uint32_t checksum = 0;
  for (std::int64_t at = 0; at < end;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(end - at, static_cast<std::int64_t>(piece.size())));
    const std::size_t got = read_at(file.get(), at, std::span(piece).first(wanted), path);
    if (got == 0) throw file_error("write", path, EIO);
    checksum = crc32c(std::span(piece).first(got), checksum);
    at += static_cast<std::int64_t>(got);
    guard.keep_alive();
  }
  if (::lseek(file.get(), end, SEEK_SET) < 0) throw file_error("write", path, errno);
  if (const int error = write_fully(file.get(), seal_bytes(checksum))) throw file_error("write", path, error);
}

bool fits_seal(std::span<const std::byte> bytes) {
  if (bytes.size() < kSealBytes || !has_magic(bytes.last(kSealBytes))) return true;
  return equal(bytes.last(kSealBytes), seal_bytes(crc32c(bytes.first(bytes.size() - kSealBytes))));
}

bool fits_seal(int descriptor, const std::string& path) {
  const std::int64_t end = length_of(descriptor, path) - static_cast<std::int64_t>(kSealBytes);
  std::vector<std::byte> seal(kSealBytes), piece(std::size_t{1} << 20);
  if (end < 0 || read_at(descriptor, end, seal, path) < kSealBytes || !has_magic(seal)) return true;
  std::uint32_t checksum = 0;
  for (std::int64_t at = 0; at < end;) {
    const auto wanted = std::min<std::int64_t>(end - at, static_cast<std::int64_t>(piece.size()));
    const std::size_t got = read_at(descriptor, at, std::span(piece).first(static_cast<std::size_t>(wanted)), path);
    if (got == 0) return false;
    checksum = crc32c(std::span(piece).first(got), checksum);
    at += static_cast<std::int64_t>(got);
  }
  return equal(seal, seal_bytes(checksum));
}

}  // namespace shoal::record
