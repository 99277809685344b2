// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "shoal/random/distributions.hpp"

namespace shoal::search::tpe {

// Uniform random numbers in [0, 1) at the addresses (stream, trial, 0), (stream, trial, 1), ...
class Draws {
 public:
  Draws(const random::Stream& stream, std::int64_t trial) : stream_(stream), trial_(static_cast<std::uint64_t>(trial)) {}

  double operator()() { return random::uniform(stream_, trial_, next_++); }

  // The next ones. (Filled arrays hold both halves of a draw.)
  void fill(std::span<double> out) {
    std::array<double, 128> halves;
    for (std::size_t done = 0; done < out.size(); done += halves.size() / 2) {
      const std::size_t n = std::min(out.size() - done, halves.size() / 2);
      random::fill_uniform(stream_, trial_, next_, std::span(halves).first(2 * n));
      for (std::size_t i = 0; i < n; ++i) out[done + i] = halves[2 * i];
      next_ += n;
    }
  }

 private:
  random::Stream stream_;
  std::uint64_t trial_, next_ = 0;
};

}  // namespace shoal::search::tpe
