// SPDX-License-Identifier: Apache-2.0
// The numeric expressions of [space], by the names their users know. One line each in src/search/expressions.def.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/search/distribution.hpp"

namespace shoal::search {

struct Expression {
  std::string name;
  std::string arguments;  // "[low, high]"
  std::string help;       // one line
  std::size_t n_arguments;
  // Checks the arguments (finite numbers) and fills the distribution; a text says what is wrong, "" nothing.
  std::string (*make)(std::span<const double> arguments, Distribution& distribution);
};

// uniform, loguniform, quniform, ..., uniformint.
const std::vector<Expression>& expressions();

// Null if there is none of that name.
const Expression* find_expression(std::string_view name);

// The names of all expressions, `choice`, `pchoice` and `grid` included.
std::vector<std::string> expression_names();

// Lines for `shoal init` and the documentation: name, arguments, meaning.
std::vector<std::string> expression_help();

}  // namespace shoal::search
