// SPDX-License-Identifier: Apache-2.0
// Ends what is left of all commands when this process ends in whatever way. Children carry a token of this process in a
// variable; the watcher, a shell that waits at a pipe which nobody but this process can write to, kills every process
// with that token once the pipe breaks. That costs nothing a command, and finds processes that left their group.
#pragma once

#include <string>
#include <string_view>

namespace shoal::process {

inline constexpr std::string_view kOwnerVariable = "SHOAL_OWNER";

// Unique to this process, on this host and over time.
const std::string& owner_token();

// Starts it at the first call. A system without /bin/sh, grep or /proc does without: direct children die all the same.
void start_watcher();

}  // namespace shoal::process
