// SPDX-License-Identifier: Apache-2.0
// Activations: one file in src/nn/activations and one line in activations.def each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/block.hpp"
#include "shoal/nn/network_parameters.hpp"

namespace shoal::nn {

// `c` is the constant of the activation (0 of those without).
struct Activation {
  const char* name;
  bool hidden;                                              // may stand in hidden layers too
  void (*forward)(const Block& x, float c);                 // x = f(x); null: the identity
  // delta *= f'(x) given y = f(x), or given x itself if needs_input; same stride; null: the identity.
  void (*backward)(const Block& delta, const float* y, float c);
  void (*forward_reference)(const Block& x, float c);       // the same bits, one number at a time
  void (*backward_reference)(const Block& delta, const float* y, float c);
  bool needs_input = false;
  void (*bind)(config::Table&, ActivationParameters&) = nullptr;  // the key of its constant
  double ActivationParameters::*constant = nullptr;
};

// The constant of an activation; 0 if it has none.
float activation_constant(const Activation&, const ActivationParameters&);

const Activation& activation(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> activation_names(bool hidden_only);

}  // namespace shoal::nn
