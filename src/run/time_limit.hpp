// SPDX-License-Identifier: Apache-2.0
// When a run must stop by itself: --max-time, and what Slurm says of the remaining time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "shoal/parallel/session.hpp"

namespace shoal::run {

// Runs a command and returns its standard output; nothing if it cannot be run or fails.
using CommandOutput = std::function<std::optional<std::string>(const std::string& command)>;
CommandOutput run_command();

// Seconds left of this Slurm job: from SLURM_JOB_END_TIME, else from `squeue`. Nothing: no limit is set.
// Throws InputError (64) outside a Slurm job or if Slurm does not answer. `epoch_now`: seconds since 1970.
std::optional<double> slurm_seconds_left(const parallel::Environment& environment, const CommandOutput& command,
                                         double epoch_now);

// "[days-[hours:]]minutes:seconds" as squeue prints it (also "hours:minutes:seconds"); nothing if it is not that.
std::optional<double> parse_slurm_duration(const std::string& text);

// How long before a hard limit the run begins to stop: the time running tasks are given, and some for files; at most a
// fifth of the time that is left.
double stop_margin_seconds(double seconds_left, double grace_seconds);

}  // namespace shoal::run
