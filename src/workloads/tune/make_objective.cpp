// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/make_objective.hpp"

#include "workloads/tune/network_objective.hpp"

namespace shoal::workloads::tune {

std::unique_ptr<Objective> make_network_objective(const ObjectiveContext& context, config::Diagnostics&) {
  return std::make_unique<NetworkObjective>(context.parameters, context.network, context.space,
                                            nn::load_dataset(context.parameters.data, context.folder, context.seed),
                                            context.seed);
}

std::vector<std::string> network_keys() {
  return nn::network_keys();
}

#define SHOAL_OBJECTIVE(name, summary)                                                                   \
  std::unique_ptr<Objective> make_##name##_objective(const ObjectiveContext&, config::Diagnostics&); \
  std::vector<std::string> name##_keys();
#include "workloads/tune/objectives.def"
#undef SHOAL_OBJECTIVE

const std::vector<ObjectiveInfo>& all_objectives() {
  static const std::vector<ObjectiveInfo> list = {
#define SHOAL_OBJECTIVE(name, summary) {#name, summary, make_##name##_objective, name##_keys},
#include "workloads/tune/objectives.def"
#undef SHOAL_OBJECTIVE
  };
  return list;
}

const ObjectiveInfo* find_objective(std::string_view name) {
  for (const ObjectiveInfo& info : all_objectives()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

std::vector<std::string> objective_names() {
  std::vector<std::string> names;
  for (const ObjectiveInfo& info : all_objectives()) names.push_back(info.name);
  return names;
}

}  // namespace shoal::workloads::tune
