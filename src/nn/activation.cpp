// SPDX-License-Identifier: Apache-2.0
#include "nn/activation.hpp"

#include <stdexcept>

namespace shoal::nn {

#define SHOAL_ACTIVATION(name) extern const Activation activation_##name;
#include "nn/activations.def"
#undef SHOAL_ACTIVATION

namespace {

const Activation* const kActivations[] = {
#define SHOAL_ACTIVATION(name) &activation_##name,
#include "nn/activations.def"
#undef SHOAL_ACTIVATION
};

}  // namespace

const Activation& activation(std::string_view name) {
  for (const Activation* candidate : kActivations) {
    if (name == candidate->name) return *candidate;
  }
  throw std::invalid_argument("no activation is called " + std::string(name));
}

float activation_constant(const Activation& a, const ActivationParameters& p) {
  return a.constant == nullptr ? 0.0f : static_cast<float>(p.*a.constant);
}

std::vector<std::string> activation_names(bool hidden_only) {
  std::vector<std::string> names;
  for (const Activation* candidate : kActivations) {
    if (candidate->hidden || !hidden_only) names.emplace_back(candidate->name);
  }
  return names;
}

}  // namespace shoal::nn
