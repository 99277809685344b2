// SPDX-License-Identifier: Apache-2.0
// The random streams of the search, apart from all others of the same seed.
#pragma once

#include <cstdint>

namespace shoal::search {

// "search" in ASCII: far from the small numbers that others count from.
inline constexpr std::uint64_t kProposalStream = 0x736561726368;

// "popula": what population based training takes over, and how it changes it.
inline constexpr std::uint64_t kSchedulerStream = 0x706f70756c61;

}  // namespace shoal::search
