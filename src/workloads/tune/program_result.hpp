// SPDX-License-Identifier: Apache-2.0
// What a program says of its trial: one flat JSON object, or a bare number.
//
//   {"loss": 0.25, "epochs": 12, "status": "ok"}
//
// The member named by [objective] metric decides; `status` other than "ok" makes the trial fail ("message" says why);
// further numbers are attached to the trial.
#pragma once

#include <string>
#include <string_view>

#include "shoal/process/json_line.hpp"
#include "shoal/process/outcome.hpp"
#include "workloads/tune/objective.hpp"

namespace shoal::workloads::tune {

// Fills state, loss, fail_reason and values.
void read_result(const process::JsonLine& line, const Objective& objective, SegmentOutcome& outcome);

// The last line of `text` that is not blank, as above. `source`: where the text came from, for the reason.
void read_last_line(std::string_view text, std::string_view source, const Objective& objective, SegmentOutcome& outcome);

// How a program's end appears as the end of a trial; not for ok and stopped.
search::State state_of(process::State state);

void set_failed(SegmentOutcome& outcome, search::State state, std::string reason);

}  // namespace shoal::workloads::tune
