// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) of bytes, texts and files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace shoal::record {

using Sha256Value = std::array<std::byte, 32>;

// Hashes bytes as they come. One object can be used again after finish().
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text);

  // The hash of everything since construction or the last finish().
  Sha256Value finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Sha256Value sha256(std::span<const std::byte> bytes);
Sha256Value sha256(std::string_view text);

// Of a file's content, read in pieces. Throws InputError (66) if it does not exist, SystemError (77, 74) if it cannot be
// read.
Sha256Value sha256_file(const std::string& path);

// 64 lower-case hexadecimal digits.
std::string to_hex(const Sha256Value& value);

}  // namespace shoal::record
