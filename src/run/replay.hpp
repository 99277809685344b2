// SPDX-License-Identifier: Apache-2.0
// The finished tasks of a complete result, kept in the group /replay so that --extend can continue without a journal and
// free rounds can be gone through again.
#pragma once

#include <string>
#include <vector>

#include "shoal/record/tree.hpp"
#include "shoal/tasks/decision.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::run {

struct Replay {
  std::vector<tasks::ResultRun> runs;      // in the order of the journal
  std::vector<tasks::Decision> decisions;  // of free rounds
};

// Fills /replay: `bytes` i1 (byte), the serialised runs one after the other; `end` i8 (run), where each ends; and likewise
// `decision_bytes` and `decision_end` if there are decisions.
void write_replay(record::Group& group, const Replay& replay);

// Reads /replay of a result. Only the first round of each stream: later ones depend on how long the earlier were.
// Empty if the result has none.
Replay read_replay(const std::string& result);

}  // namespace shoal::run
