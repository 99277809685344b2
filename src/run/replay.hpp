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

enum class Rounds { first, all };

// Reads /replay of a result; empty if it has none. The first round of each stream is all that a longer job can keep: later ones
// depend on how long the earlier were. `all` gives the later ones too, if there are no decisions and no blobs, whose files are gone.
Replay read_replay(const std::string& result, Rounds rounds = Rounds::first);

}  // namespace shoal::run
