// SPDX-License-Identifier: Apache-2.0
// Is there room for what a run will surely need?
#pragma once

#include <string>

#include "workloads/workload.hpp"

namespace shoal::run {

// Rank 0, before anything is computed. Throws SystemError (74) with both numbers if the disk of `result` has less than
// estimate.needed_disk_bytes free, and InputError (69) if this machine has less memory than estimate.needed_root_bytes.
void require_room(const workloads::Estimate& estimate, const std::string& result);

}  // namespace shoal::run
