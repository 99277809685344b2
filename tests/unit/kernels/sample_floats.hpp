// SPDX-License-Identifier: Apache-2.0
// Arrays for kernel tests: numbers from Philox addresses, and a value that must not be touched.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "shoal/random/stream.hpp"

// n numbers in [-1, 1) of the given sequence.
inline std::vector<float> sample_floats(std::int64_t n, std::uint64_t sequence) {
  const shoal::random::Stream stream(7, sequence);
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto word = stream.words(0, static_cast<std::uint64_t>(i))[0];
    values.push_back(static_cast<float>(word >> 8) * 0x1p-23f - 1.0f);
  }
  return values;
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}
