// SPDX-License-Identifier: Apache-2.0
// One line for people about an end that is not ok.
#pragma once

#include <string>

#include "shoal/process/command.hpp"

namespace shoal::process {

// "exit code 3; its last words: ..."; empty for ok.
std::string words_for(State state, int exit_code, int signal, const Limits& limits, const CapturedText& err);

}  // namespace shoal::process
