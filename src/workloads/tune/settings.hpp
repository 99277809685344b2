// SPDX-License-Identifier: Apache-2.0
// A point as formulas, programs and functions see it: plain names with values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shoal/search/space.hpp"

namespace shoal::workloads::tune {

// "optimizer.learning_rate" as a name that formulas and Python take: optimizer_learning_rate.
std::string plain_name(std::string name);

// Every key that the point sets, and every parameter that is no key (a choice between tables has its label), by plain
// name. Inactive parameters are not there.
using Settings = std::vector<std::pair<std::string, config::Value>>;
Settings settings_at(const search::Space& space, const search::Point& point);

// All names that settings_at() may give for some point.
std::vector<std::string> setting_names(const search::Space& space);

// A value as an argument of a program: texts as they are, all else as in TOML without blanks.
std::string argument_text(const config::Value& value);

}  // namespace shoal::workloads::tune
