// SPDX-License-Identifier: Apache-2.0
// Task results and payloads as bytes: numbers in the machine's (little-endian) order, arrays without their lengths, which the
// methods know.
#pragma once

#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::workloads::integrate {

template <class T>
void put(tasks::Bytes& bytes, std::span<const T> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::size_t before = bytes.size();
  bytes.resize(before + values.size_bytes());
  if (!values.empty()) std::memcpy(bytes.data() + before, values.data(), values.size_bytes());
}

template <class T>
void put(tasks::Bytes& bytes, const std::vector<T>& values) {
  put(bytes, std::span<const T>(values));
}

template <class T>
void put(tasks::Bytes& bytes, const T& value) {
  put(bytes, std::span<const T>(&value, 1));
}

// Reads in the same order; throws std::invalid_argument where bytes are missing.
class Reader {
 public:
  explicit Reader(tasks::ByteView bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T value;
    copy(&value, sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> array(std::size_t n) {
    if (n > bytes_.size() / sizeof(T)) throw std::invalid_argument("truncated bytes of an integration task");
    std::vector<T> values(n);
    copy(values.data(), n * sizeof(T));
    return values;
  }
  std::size_t bytes_left() const { return bytes_.size(); }
  tasks::ByteView rest() const { return bytes_; }

 private:
  void copy(void* to, std::size_t n) {
    if (n > bytes_.size()) throw std::invalid_argument("truncated bytes of an integration task");
    if (n > 0) std::memcpy(to, bytes_.data(), n);
    bytes_ = bytes_.subspan(n);
  }

  tasks::ByteView bytes_;
};

}  // namespace shoal::workloads::integrate
