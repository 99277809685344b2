// SPDX-License-Identifier: Apache-2.0
// Optimisers: one file in src/nn/optimizers and one line in optimizers.def each.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "shoal/nn/network_parameters.hpp"

namespace shoal::nn {

// What one step needs besides the weights: written by begin_step, read by update.
struct StepConstants {
  float value[8] = {};
};

// All arrays: n numbers, a multiple of 8, 32-byte aligned.
struct Update {
  std::int64_t n = 0;
  const float* gradient = nullptr;
  float* weights = nullptr;
  float* slots[2] = {};  // state of one number a weight, 0 at first
  StepConstants constants;
  const float* lane_sums = nullptr;  // (n, 16): the gradient before its lanes are reduced, which `update` then does; the
                                     // additions run beside divisions and roots
};

inline constexpr int kPowers = 4;

struct Optimizer {
  const char* name;
  double default_learning_rate;
  int n_slots;
  void (*bind)(config::Table&, OptimizerParameters&);  // its keys besides `name`
  // Before each step: `powers` are kPowers numbers kept from step to step, 1 at first. learning_rate is that of the step.
  StepConstants (*begin_step)(const OptimizerParameters&, double* powers);
  void (*update)(const Update&);
  void (*update_reference)(const Update&);
  void (*set_defaults)(OptimizerParameters&) = nullptr;  // of keys whose default is not the struct's
};

const Optimizer& optimizer(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> optimizer_names();

// Parameters with a name and its defaults.
OptimizerParameters default_parameters(const Optimizer&);

// The keys that all have.
void bind_learning_rate(config::Table&, OptimizerParameters&);
void bind_weight_decay(config::Table&, OptimizerParameters&);

}  // namespace shoal::nn
