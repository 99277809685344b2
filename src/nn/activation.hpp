// SPDX-License-Identifier: Apache-2.0
// Activations: one file in src/nn/activations and one line in activations.def each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/block.hpp"

namespace shoal::nn {

struct Activation {
  const char* name;
  bool hidden;                                     // may stand in hidden layers too
  void (*forward)(const Block& x);                 // x = f(x); null: the identity
  void (*backward)(const Block& delta, const float* y);  // delta *= f'(x) given y = f(x), same stride; null: the identity
  void (*forward_reference)(const Block& x);       // the same bits, one number at a time
  void (*backward_reference)(const Block& delta, const float* y);
};

const Activation& activation(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> activation_names(bool hidden_only);

}  // namespace shoal::nn
