// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "shoal/random/distributions.hpp"

namespace shoal::search::tpe {

// Uniform random numbers in [0, 1) at the addresses (stream, trial, 0), (stream, trial, 1), ...
class Draws {
 public:
  Draws(const random::Stream& stream, std::int64_t trial) : stream_(stream), trial_(static_cast<std::uint64_t>(trial)) {}

  double operator()() { return random::uniform(stream_, trial_, next_++); }

 private:
  random::Stream stream_;
  std::uint64_t trial_, next_ = 0;
};

}  // namespace shoal::search::tpe
