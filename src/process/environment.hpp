// SPDX-License-Identifier: Apache-2.0
// The variables of a child, "NAME=value": those of this process, cleaned, and the command's own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shoal/process/command.hpp"

namespace shoal::process {

std::vector<std::string> child_environment(const Command& command);

// Empty if it is not set.
std::string value_in(const std::vector<std::string>& variables, std::string_view name);

}  // namespace shoal::process
