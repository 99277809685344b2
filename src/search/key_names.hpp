// SPDX-License-Identifier: Apache-2.0
// From names in [space] to keys of the input: a short name means the only key that ends with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shoal/config/diagnostics.hpp"

namespace shoal::search {

class KeyNames {
 public:
  // `keys`: dotted names of all keys; empty: every name is taken as it stands.
  explicit KeyNames(std::vector<std::string> keys);

  // The full key of a name; an unknown or ambiguous one is reported and returned as it stands.
  std::string resolve(const std::string& name, const config::Location& where, config::Diagnostics& diagnostics) const;

  // Reports a member of a known table that is no key of it. Tables without known keys take anything.
  void check_member(const std::string& table, const std::string& member, const config::Location& where,
                    config::Diagnostics& diagnostics) const;

 private:
  bool known(std::string_view name) const;

  std::vector<std::string> names_;  // all keys and the tables that hold them
};

}  // namespace shoal::search
