// SPDX-License-Identifier: Apache-2.0
// The resolved parameters of a run as the group /parameters, and the comparison of two inputs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::run {

// Every resolved parameter by its dotted input name, as nested groups: integers as i8, reals as f8, texts as text,
// booleans as i1 with flags, arrays of one of these as arrays, anything else as TOML text. `role` tells science from execution.
void write_parameters(record::Group& parameters, const std::vector<config::Resolved>& resolved);

// What differs between two inputs, each given as lines `name = value`: one phrase for each name, such as
// "search.trials: 100 -> 200", "data.file: removed 'x.csv'".
struct ChangedKey {
  std::string name;
  std::string before;  // empty: was not there
  std::string after;   // empty: is gone
};
std::vector<ChangedKey> changed_keys(const std::vector<std::string>& before, const std::vector<std::string>& after);
std::string describe(const ChangedKey& change);

}  // namespace shoal::run
