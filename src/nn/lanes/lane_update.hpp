// SPDX-License-Identifier: Apache-2.0
// Optimisers for 16 networks at once, each with constants of its own: the operations of src/nn/optimizers.
#pragma once

#include <cstdint>
#include <string_view>

namespace shoal::nn::lanes {

// All arrays (weight, network), 64-byte aligned.
struct Update {
  std::int64_t n_weights = 0;
  const float* gradient = nullptr;
  float* weights = nullptr;
  float* slots[2] = {};
  const float* constants = nullptr;  // (constant of StepConstants, network)
  const float* keep = nullptr;       // (network): what the decay leaves of weights before the step; null: all of them
};

using UpdateFunction = void (*)(const Update&);

// Of an optimiser by its name; null: it cannot do this.
UpdateFunction update_function(std::string_view optimizer);

}  // namespace shoal::nn::lanes
