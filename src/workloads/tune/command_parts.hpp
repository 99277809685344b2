// SPDX-License-Identifier: Apache-2.0
// What both kinds of command objectives share: the command of a trial, and its placeholders.
#pragma once

#include <string>
#include <vector>

#include "shoal/process/command.hpp"
#include "workloads/tune/checkpoint_folder.hpp"
#include "workloads/tune/plain_objective.hpp"
#include "workloads/tune/settings.hpp"

namespace shoal::workloads::tune {

// The command as written, with limits, template files read, and paths relative to the folder of the input.
// Mistakes go to the diagnostics.
process::Command command_of(const ObjectiveContext& context, config::Diagnostics& diagnostics);

// {name} of every setting, with dots as written in [space] too (inactive ones are empty), and of the trial itself.
// `checkpoint`: the folder of its state; empty: it has none.
process::Values placeholders(const search::Space& space, const search::Point& point, const Segment& segment,
                             std::uint64_t seed, const std::string& input_folder, const std::string& checkpoint);

// Placeholders of what is started once for all trials.
process::Values lasting_placeholders(const std::string& input_folder);

std::string absolute_folder(const std::string& folder);

// Reports placeholders without a value, whatever the point.
void check_placeholders(const ObjectiveContext& context, const process::Command& command, config::Diagnostics& diagnostics);

// Which parameters [objective] tied names, by parameter; names that are none go to the diagnostics.
std::vector<bool> read_tied(const ObjectiveContext& context, config::Diagnostics& diagnostics);

// The threads of OMP_NUM_THREADS and the CPUs of a trial's program.
void set_cpus(process::Command& command, std::int64_t cpus, const tasks::Team& team, const std::vector<int>& own_cpus);

// What `shoal check` says of the program.
std::vector<std::string> describe_command(const std::string& what, const process::Command& command, std::int64_t cpus, bool checkpoint);

// The state that a trial leaves in its folder; one that is too large makes it fail.
void keep_checkpoint(const CheckpointFolder& folder, SegmentOutcome& outcome, tasks::Bytes& next);

// Reports names in [space] that placeholders or task lines need for themselves.
bool check_reserved_names(const ObjectiveContext& context, config::Diagnostics& diagnostics);

std::unique_ptr<Objective> make_worker_objective(const ObjectiveContext& context, process::Command command,
                                                 std::vector<bool> tied);

}  // namespace shoal::workloads::tune
