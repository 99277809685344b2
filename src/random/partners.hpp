// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "shoal/random/stream.hpp"

namespace shoal::random {

// out[i] = upper half of word i * (bound - i), with the words that start at `draw`; n = out.size() <= bound <= 2^31. False if a
// lower half is less than its bound: that partner, and any other of these, may be one of the biased ones.
bool short_partners(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint32_t bound,
                    std::span<std::uint32_t> out);

}  // namespace shoal::random
