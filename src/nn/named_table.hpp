// SPDX-License-Identifier: Apache-2.0
// Keys of [network] that are a name, or a table of a name and its constants: activation = "elu" or
// activation = { name = "elu", alpha = 0.5 }.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "shoal/nn/network_parameters.hpp"

namespace shoal::nn {

struct NamedTable {
  const char* key;
  const char* help;
  std::vector<std::string> (*names)();
  std::string& (*name_of)(NetworkParameters&);
  void (*set_defaults)(NetworkParameters&, const std::string& name);  // the name and the default of all its constants
  void (*bind)(const std::string& name, config::Table&, NetworkParameters&);  // its constants
};

std::span<const NamedTable> all_named_tables();

// Binds one of them to the table [network].
void bind_named_table(const NamedTable&, config::Table&, NetworkParameters&);

}  // namespace shoal::nn
