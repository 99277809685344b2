// SPDX-License-Identifier: Apache-2.0
// Results of tasks as 64-bit words in the machine's (little-endian) order.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::workloads::primes {

inline void append_words(std::span<const std::uint64_t> words, tasks::Bytes& bytes) {
  if (words.empty()) return;
  const std::size_t before = bytes.size();
  bytes.resize(before + words.size_bytes());
  std::memcpy(bytes.data() + before, words.data(), words.size_bytes());
}

// Throws std::invalid_argument if these are no whole words.
inline std::vector<std::uint64_t> words_of(tasks::ByteView bytes) {
  if (bytes.size() % sizeof(std::uint64_t) != 0) throw std::invalid_argument("the result of a task on primes is cut");
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

}  // namespace shoal::workloads::primes
