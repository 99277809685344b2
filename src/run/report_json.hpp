// SPDX-License-Identifier: Apache-2.0
// The end report as one JSON object on one line (`shoal run --json`).
#pragma once

#include <string>

#include "run/run_console.hpp"

namespace shoal::run {

std::string report_json(const ReportParts& parts);
std::string already_complete_json(const std::string& result, const Input& input);

}  // namespace shoal::run
