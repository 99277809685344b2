// SPDX-License-Identifier: Apache-2.0
// Payloads, results and blobs as bytes: numbers in the machine's (little-endian) order, arrays with their length first.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::workloads::tune {

// Appends to bytes that may hold something already.
class ByteWriter {
 public:
  explicit ByteWriter(tasks::Bytes& bytes) : bytes_(bytes) {}

  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    raw(&value, sizeof value);
  }
  template <class T>
  void array(std::span<const T> values) {
    number(static_cast<std::uint64_t>(values.size()));
    raw(values.data(), values.size_bytes());
  }
  template <class T>
  void array(const std::vector<T>& values) {
    array(std::span<const T>(values));
  }
  void text(const std::string& value) { array(std::span<const char>(value)); }

 private:
  void raw(const void* data, std::size_t size);

  tasks::Bytes& bytes_;
};

// Reads in the same order; throws std::invalid_argument where bytes are missing.
class ByteReader {
 public:
  explicit ByteReader(tasks::ByteView bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T value;
    raw(&value, sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> array() {
    const auto size = number<std::uint64_t>();
    if (size > bytes_.size() / sizeof(T)) throw std::invalid_argument("truncated bytes of a tune task");
    std::vector<T> values(size);
    raw(values.data(), size * sizeof(T));
    return values;
  }
  std::string text() {
    const std::vector<char> letters = array<char>();
    return {letters.begin(), letters.end()};
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  void raw(void* data, std::size_t size);

  tasks::ByteView bytes_;
};

}  // namespace shoal::workloads::tune
