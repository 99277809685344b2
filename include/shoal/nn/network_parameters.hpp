// SPDX-License-Identifier: Apache-2.0
// What a training is: the table [network] of an input. Every key belongs to the science.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/nn/dataset.hpp"

namespace shoal::nn {

// An optimiser and its constants; of the constants only those in its list (see optimizer_keys) are used.
// Defaults are those of Keras; reading a name without `learning_rate` gives that optimiser's own default.
struct OptimizerParameters {
  std::string name = "adam";     // sgd | rmsprop | adam
  double learning_rate = 1e-3;   // sgd: 1e-2
  double momentum = 0.0;         // sgd: velocity = momentum * velocity - learning_rate * gradient
  bool nesterov = false;         // sgd: Nesterov's look-ahead
  double rho = 0.9;              // rmsprop: decay of the mean square
  double beta_1 = 0.9;           // adam: decay of the mean
  double beta_2 = 0.999;         // adam: decay of the mean square
  double epsilon = 1e-7;         // rmsprop: inside the root; adam: Kingma and Ba's "epsilon hat", beside the root
};

struct NetworkParameters {
  std::vector<std::int64_t> hidden = {5, 8, 5};  // widths of the hidden layers
  std::string activation = "relu";               // of hidden layers: relu | tanh | sigmoid | linear
  std::string output_activation = "auto";        // auto: linear for mse, sigmoid or softmax for the entropies
  std::string loss = "mse";                      // mse | binary_crossentropy | sparse_categorical_crossentropy
  OptimizerParameters optimizer;
  std::int64_t batch = 32;                       // samples a step; the last batch of an epoch may be smaller
  std::int64_t epochs = 100;
  std::string initialisation = "glorot_uniform"; // glorot_uniform | glorot_normal | he_uniform | he_normal
  std::vector<std::string> metrics;              // of the validation part; empty: follow the loss
  std::int64_t validate_every = 1;               // epochs between validations; 0: after the last epoch only
};

// Binds every key to `network`, which must outlive the table. `optimizer` may be a name or a table with `name`.
void bind(config::Table& table, NetworkParameters& network);

// Rewrites names that stand for tables: optimizer = "sgd" becomes optimizer = { name = "sgd" }, so that other tables can be
// merged over it key by key. `network` is the value of the table [network] (or one of [space]); others are left alone.
void expand_names(config::Value& network);

// Keys of one optimiser besides `name`, such as {"learning_rate", "momentum", "nesterov"}; empty: no such optimiser.
std::vector<std::string> optimizer_keys(const std::string& name);

// Every dotted key a space may vary: "hidden", ..., "optimizer", "optimizer.name", "optimizer.learning_rate", ...
std::vector<std::string> network_keys();

// The activation of the last layer with "auto" resolved, and the metrics with "follow the loss" resolved.
std::string resolved_output_activation(const NetworkParameters&);
std::vector<std::string> resolved_metrics(const NetworkParameters&);

// Relations within the parameters, and with a data set: one sentence a problem; empty if they fit. Check before training.
std::vector<std::string> problems(const NetworkParameters&);
std::vector<std::string> problems(const NetworkParameters&, const Dataset&);

// Widths of all layers, inputs and outputs included.
std::vector<std::int64_t> layer_widths(const NetworkParameters&, const Dataset&);

// Weights and biases.
std::int64_t n_weights(const NetworkParameters&, const Dataset&);

// Useful floating-point operations of `epochs` epochs: 6 * weights * samples * epochs.
double training_flop(const NetworkParameters&, const Dataset&, std::int64_t epochs);

// Bytes a Trainer allocates, and bytes of its saved state (about).
std::int64_t trainer_bytes(const NetworkParameters&, const Dataset&);
std::int64_t state_bytes(const NetworkParameters&, const Dataset&);

}  // namespace shoal::nn
