// SPDX-License-Identifier: Apache-2.0
// Plain numbers and texts into bytes and back, little-endian.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/error.hpp"

namespace shoal::record {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

class ByteWriter {
 public:
  template <std::integral T>
  ByteWriter& put(T value) {
    return raw(std::as_bytes(std::span(&value, 1)));
  }
  // Length as u32, then the bytes.
  ByteWriter& put(std::string_view text) { return put(std::as_bytes(std::span(text))); }
  ByteWriter& put(std::span<const std::byte> bytes) {
    put(static_cast<std::uint32_t>(bytes.size()));
    return raw(bytes);
  }
  ByteWriter& raw(std::span<const std::byte> bytes) {
    const std::size_t start = bytes_.size();
    bytes_.resize(start + bytes.size());
    if (!bytes.empty()) std::memcpy(bytes_.data() + start, bytes.data(), bytes.size());
    return *this;
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// Throws Error (76) where the bytes end too early.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}

  template <std::integral T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::span<const std::byte> bytes() { return take(number<std::uint32_t>()); }
  std::string text() {
    const auto found = bytes();
    return {reinterpret_cast<const char*>(found.data()), found.size()};
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> take(std::size_t n) {
    if (n > bytes_.size()) throw Error(ExitCode::other_input, "the journal holds a " + what_ + " record that this program cannot read.");
    const auto taken = bytes_.first(n);
    bytes_ = bytes_.subspan(n);
    return taken;
  }

  std::span<const std::byte> bytes_;
  std::string what_;
};

}  // namespace shoal::record
