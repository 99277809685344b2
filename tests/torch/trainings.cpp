// SPDX-License-Identifier: Apache-2.0
// Prints small trainings as JSON, one for every loss, optimiser and activation: data, weights, outputs, gradient, and
// weights after 100 steps of the optimiser. compare.py computes the same with PyTorch.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <vector>

#include "../unit/nn/small_data.hpp"
#include "shoal/nn/trainer.hpp"

using namespace shoal::nn;

namespace {

constexpr int kSteps = 100;

std::string json(const std::vector<float>& values) { return fmt::format("[{:.9g}]", fmt::join(values, ", ")); }

void print_training(const NetworkParameters& n, const Dataset& data, bool first) {
  Trainer trainer(n, data);
  trainer.start(17, 3);
  const std::int64_t samples = data.train.n_samples;
  fmt::print("{}\n{{\"loss\": \"{}\", \"activation\": \"{}\", \"output_activation\": \"{}\", \"widths\": [{}],\n",
             first ? "" : ",", n.loss, n.activation, resolved_output_activation(n), fmt::join(layer_widths(n, data), ", "));
  const OptimizerParameters& o = n.optimizer;
  fmt::print("\"optimizer\": {{\"name\": \"{}\", \"learning_rate\": {}, \"momentum\": {}, \"nesterov\": {}, \"rho\": {}, "
             "\"beta_1\": {}, \"beta_2\": {}, \"epsilon\": {}}},\n",
             o.name, o.learning_rate, o.momentum, o.nesterov, o.rho, o.beta_1, o.beta_2, o.epsilon);
  fmt::print("\"n_samples\": {}, \"n_targets\": {}, \"steps\": {},\n", samples, data.n_targets(), kSteps);
  fmt::print("\"inputs\": {},\n\"targets\": {},\n", json(data.train.inputs), json(data.train.targets));
  fmt::print("\"weights\": {},\n", json(trainer.weights()));
  fmt::print("\"outputs\": {},\n", json(predict(trainer.model(), data.train.inputs)));
  fmt::print("\"gradient\": {},\n", json(trainer.gradient(samples)));
  double first_loss = 0;
  for (int step = 0; step < kSteps; ++step) {
    const double loss = trainer.step(samples);
    if (step == 0) first_loss = loss;
  }
  fmt::print("\"first_loss\": {:.9g},\n\"final_weights\": {}}}", first_loss, json(trainer.weights()));
}

}  // namespace

int main() {
  const OptimizerParameters optimizers[] = {
      {.name = "sgd", .learning_rate = 0.05},
      {.name = "sgd", .learning_rate = 0.02, .momentum = 0.9},
      {.name = "sgd", .learning_rate = 0.02, .momentum = 0.9, .nesterov = true},
      {.name = "rmsprop", .learning_rate = 0.0005, .epsilon = 1e-5},  // larger steps oscillate, and amplify rounding
      {.name = "adam", .learning_rate = 0.01},
  };
  std::printf("[");
  bool first = true;
  for (const LossCase& c : kLossCases) {
    const Dataset data = small_dataset(70, 6, c.n_targets, c.n_classes);
    for (const OptimizerParameters& optimizer : optimizers) {
      for (const char* activation : {"relu", "tanh", "sigmoid"}) {
        NetworkParameters n;
        n.loss = c.loss, n.activation = activation, n.optimizer = optimizer;
        n.hidden = {9, 36, 7}, n.batch = 70;
        print_training(n, data, first);
        first = false;
      }
    }
  }
  std::printf("]\n");
}
