// SPDX-License-Identifier: Apache-2.0
// A trained network as plain data, with all that prediction needs. Results store it; `predict` uses it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shoal/nn/dataset.hpp"

namespace shoal::nn {

// y = activation(weights * x + bias). Batch normalisation is already in the weights; dropout leaves nothing behind.
struct DenseLayer {
  std::int64_t n_inputs = 0;
  std::int64_t n_outputs = 0;
  std::vector<float> weights;  // (output, input), row-major
  std::vector<float> bias;     // (output)
  std::string activation;      // relu | tanh | ...
  float constant = 0;          // of the activation: negative_slope of leaky_relu, alpha of elu; 0 for the others
};

struct Model {
  std::string loss;
  std::vector<std::string> input_names;
  std::vector<std::string> target_names;
  std::vector<std::string> class_names;
  Standardisation standardisation;  // of raw inputs; empty: none
  std::vector<DenseLayer> layers;

  std::int64_t n_inputs() const { return layers.empty() ? 0 : layers.front().n_inputs; }
  std::int64_t n_outputs() const { return layers.empty() ? 0 : layers.back().n_outputs; }
};

// Outputs of the network for raw inputs (row, input), standardised here: (row, output), row-major. Classifiers give
// probabilities. Same bits on every machine, for any number of rows at once. Throws InputError if sizes do not fit.
std::vector<float> predict(const Model&, std::span<const float> inputs);

// The class of each row of predict()'s outputs: with one output 1 where it is over 0.5, else the first largest.
std::vector<std::int64_t> predicted_classes(const Model&, std::span<const float> outputs);

}  // namespace shoal::nn
