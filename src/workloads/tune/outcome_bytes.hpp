// SPDX-License-Identifier: Apache-2.0
// What a segment found out, as the bytes that travel to rank 0 and into the journal.
#pragma once

#include "workloads/tune/objective.hpp"

namespace shoal::workloads::tune {

// Appends; a loss without history, rungs and values takes 18 bytes.
void write_outcome(const SegmentOutcome& outcome, tasks::Bytes& bytes);

// Throws std::invalid_argument if bytes are missing.
SegmentOutcome read_outcome(tasks::ByteView bytes);

}  // namespace shoal::workloads::tune
