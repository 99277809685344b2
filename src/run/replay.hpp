// SPDX-License-Identifier: Apache-2.0
// The finished tasks of a complete result, kept in the group /replay so that --extend can continue without a journal.
#pragma once

#include <string>
#include <vector>

#include "shoal/record/tree.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::run {

// Fills /replay: `bytes` i1 (byte), the serialised runs one after the other; `end` i8 (run), where each ends.
void write_replay(record::Group& replay, const std::vector<tasks::ResultRun>& runs);

// Reads /replay of a result. Only the first round of each stream: later ones depend on how long the earlier were.
// Empty if the result has none.
std::vector<tasks::ResultRun> read_replay(const std::string& result);

}  // namespace shoal::run
