// SPDX-License-Identifier: Apache-2.0
// What both kinds of command objectives share: the command of a trial, and its placeholders.
#pragma once

#include <string>
#include <vector>

#include "shoal/process/command.hpp"
#include "workloads/tune/plain_objective.hpp"
#include "workloads/tune/settings.hpp"

namespace shoal::workloads::tune {

// The command as written, with limits, template files read, and paths relative to the folder of the input.
// Mistakes go to the diagnostics.
process::Command command_of(const ObjectiveContext& context, config::Diagnostics& diagnostics);

// {name} of every setting, with dots as written in [space] too (inactive ones are empty), and of the trial itself.
process::Values placeholders(const search::Space& space, const search::Point& point, const Segment& segment,
                             std::uint64_t seed, const std::string& input_folder);

// Placeholders of what is started once for all trials.
process::Values lasting_placeholders(const std::string& input_folder);

std::string absolute_folder(const std::string& folder);

// Reports names in [space] that placeholders or task lines need for themselves.
bool check_reserved_names(const ObjectiveContext& context, config::Diagnostics& diagnostics);

std::unique_ptr<Objective> make_worker_objective(const ObjectiveContext& context, process::Command command);

}  // namespace shoal::workloads::tune
