// SPDX-License-Identifier: Apache-2.0
#include "nn/optimizer.hpp"

#include <stdexcept>

namespace shoal::nn {

#define SHOAL_OPTIMIZER(name) extern const Optimizer optimizer_##name;
#include "nn/optimizers.def"
#undef SHOAL_OPTIMIZER

namespace {

const Optimizer* const kOptimizers[] = {
#define SHOAL_OPTIMIZER(name) &optimizer_##name,
#include "nn/optimizers.def"
#undef SHOAL_OPTIMIZER
};

}  // namespace

const Optimizer& optimizer(std::string_view name) {
  for (const Optimizer* candidate : kOptimizers) {
    if (name == candidate->name) return *candidate;
  }
  throw std::invalid_argument("no optimizer is called " + std::string(name));
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const Optimizer* candidate : kOptimizers) names.emplace_back(candidate->name);
  return names;
}

OptimizerParameters default_parameters(const Optimizer& chosen) {
  OptimizerParameters p;
  p.name = chosen.name;
  p.learning_rate = chosen.default_learning_rate;
  if (chosen.set_defaults != nullptr) chosen.set_defaults(p);
  return p;
}

void bind_weight_decay(config::Table& table, OptimizerParameters& p) {
  table.real("weight_decay", p.weight_decay,
             {.help = "decoupled: each step shrinks all weights by learning_rate * weight_decay", .minimum = 0, .maximum = 1e3});
}

void bind_learning_rate(config::Table& table, OptimizerParameters& p) {
  table.real("learning_rate", p.learning_rate,
             {.help = "step size", .minimum = 0, .maximum = 1e6, .exclusive_minimum = true});
}

}  // namespace shoal::nn
