// SPDX-License-Identifier: Apache-2.0
// Is a process alive?
#pragma once

#include <cstdint>
#include <optional>

namespace shoal::record {

// When a process of this PID namespace started, in clock ticks since boot; nothing if there is none of that number,
// or only a dead one (a zombie) that its parent has not collected.
std::optional<std::uint64_t> start_time_of(std::int64_t pid);

}  // namespace shoal::record
