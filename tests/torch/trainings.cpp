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
             "\"beta_1\": {}, \"beta_2\": {}, \"epsilon\": {}, \"initial\": {}, \"weight_decay\": {}}},\n",
             o.name, o.learning_rate, o.momentum, o.nesterov, o.rho, o.beta_1, o.beta_2, o.epsilon, o.initial, o.weight_decay);
  fmt::print("\"label_smoothing\": {}, \"delta\": {}, \"negative_slope\": {}, \"alpha\": {}, \"batch_normalisation\": {},\n"
             "\"l1\": {}, \"l2\": {}, \"clip_value\": {}, \"clip_norm\": {},\n",
             n.loss_constants.label_smoothing, n.loss_constants.delta, n.activation_constants.negative_slope,
             n.activation_constants.alpha, n.batch_normalisation, n.l1, n.l2, n.clip_value, n.clip_norm);
  fmt::print("\"n_samples\": {}, \"n_targets\": {}, \"steps\": {},\n", samples, data.n_targets(), kSteps);
  fmt::print("\"inputs\": {},\n\"targets\": {},\n", json(data.train.inputs), json(data.train.targets));
  fmt::print("\"weights\": {},\n", json(trainer.weights()));
  fmt::print("\"outputs\": {},\n", json(n.batch_normalisation ? std::vector<float>{} : predict(trainer.model(), data.train.inputs)));
  fmt::print("\"gradient\": {},\n", json(trainer.gradient(samples)));
  double first_loss = 0;
  for (int step = 0; step < kSteps; ++step) {
    const double loss = trainer.step(samples);
    if (step == 0) first_loss = loss;
  }
  fmt::print("\"first_loss\": {:.9g},\n\"final_weights\": {}}}", first_loss, json(trainer.weights()));
}

NetworkParameters usual(const char* loss, const char* activation) {
  NetworkParameters n;
  n.loss = loss, n.activation = activation;
  n.hidden = {9, 36, 7}, n.batch = 70;
  n.optimizer = {.name = "sgd", .learning_rate = 0.01};
  return n;
}

}  // namespace

int main() {
  const OptimizerParameters optimizers[] = {
      {.name = "sgd", .learning_rate = 0.05},
      {.name = "sgd", .learning_rate = 0.02, .momentum = 0.9},
      {.name = "sgd", .learning_rate = 0.02, .momentum = 0.9, .nesterov = true},
      {.name = "rmsprop", .learning_rate = 0.0005, .epsilon = 1e-5},  // larger steps oscillate, and amplify rounding
      {.name = "adam", .learning_rate = 0.01},
      {.name = "adamw", .learning_rate = 0.005, .epsilon = 1e-5, .weight_decay = 0.1},
      {.name = "adagrad", .learning_rate = 0.05},
      {.name = "nadam", .learning_rate = 0.0002, .epsilon = 1e-3},
      {.name = "momentum", .learning_rate = 0.02, .momentum = 0.8},
      {.name = "nesterov", .learning_rate = 0.02, .momentum = 0.8, .weight_decay = 0.05},
  };
  std::printf("[");
  bool first = true;
  for (const LossCase& c : kLossCases) {
    const Dataset data = dataset_of(c, 70, 6);
    for (const OptimizerParameters& optimizer : optimizers) {
      for (const char* activation : {"relu", "tanh", "sigmoid"}) {
        NetworkParameters n = usual(c.loss, activation);
        n.optimizer = optimizer;
        print_training(n, data, first);
        first = false;
      }
    }
    for (const char* activation : {"leaky_relu", "elu", "gelu", "silu", "softplus"}) {
      NetworkParameters n = usual(c.loss, activation);
      n.activation_constants = {.negative_slope = 0.3, .alpha = 0.7};
      n.loss_constants = {.label_smoothing = 0.1, .delta = 0.5};
      print_training(n, data, first);
    }
    NetworkParameters n = usual(c.loss, "tanh");
    n.batch_normalisation = true;
    print_training(n, data, first);
    n.batch_normalisation = false;
    n.l1 = 1e-3, n.l2 = 1e-2, n.clip_norm = 0.1;
    print_training(n, data, first);
    n.clip_norm = 0, n.clip_value = 0.01;
    print_training(n, data, first);
  }
  std::printf("]\n");
}
