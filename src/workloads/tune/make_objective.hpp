// SPDX-License-Identifier: Apache-2.0
// The kinds of objective by name; one line each in objectives.def.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/search/space.hpp"
#include "workloads/tune/objective.hpp"
#include "workloads/tune/tune_parameters.hpp"

namespace shoal::workloads::tune {

// What an objective is made of. The space outlives the objective, all else need not.
struct ObjectiveContext {
  const TuneParameters& parameters;
  const config::Table& root;     // of the input, for places
  const config::Value& network;  // the table [network] as written
  const search::Space& space;
  std::string folder;            // of the input, for relative paths
  std::uint64_t seed;
};

struct ObjectiveInfo {
  std::string name;
  std::string summary;
  std::unique_ptr<Objective> (*make)(const ObjectiveContext&, config::Diagnostics&);
  std::vector<std::string> (*keys)();
};

const std::vector<ObjectiveInfo>& all_objectives();
const ObjectiveInfo* find_objective(std::string_view name);
std::vector<std::string> objective_names();

}  // namespace shoal::workloads::tune
