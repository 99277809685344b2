// SPDX-License-Identifier: Apache-2.0
// What a training is: the table [network] of an input. Every key belongs to the science.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/nn/dataset.hpp"

namespace shoal::nn {

// Optimiser, activation, loss and schedule are each a name or a table with `name` and the constants of that name; of the
// constants below only those in the list of the name are used (see constant_keys).

// Defaults are those of Keras; reading a name gives that optimiser's own defaults where they are listed here.
struct OptimizerParameters {
  std::string name = "adam";     // sgd | momentum | nesterov | rmsprop | adam | adamw | adagrad | nadam
  double learning_rate = 1e-3;   // sgd, momentum, nesterov: 1e-2
  double momentum = 0.0;         // velocity = momentum * velocity - learning_rate * gradient; momentum, nesterov: 0.9
  bool nesterov = false;         // sgd: Nesterov's look-ahead
  double rho = 0.9;              // rmsprop: decay of the mean square
  double beta_1 = 0.9;           // adam, adamw, nadam: decay of the mean
  double beta_2 = 0.999;         // adam, adamw, nadam: decay of the mean square
  double epsilon = 1e-7;         // rmsprop, adagrad: inside the root; adam: Kingma and Ba's "epsilon hat", beside the root
  double initial = 0.1;          // adagrad: the sum of squares at first
  double weight_decay = 0.0;     // all: each step shrinks weights by learning_rate * weight_decay of them; adamw: 0.004
};

struct ActivationParameters {
  double negative_slope = 0.2;   // leaky_relu
  double alpha = 1.0;            // elu
};

struct LossParameters {
  double label_smoothing = 0.0;  // entropies: this share of each target is spread evenly over the classes
  double delta = 1.0;            // huber: errors beyond count linearly
};

// Factor of the learning rate after t epochs, t = 0, 1 / steps, 2 / steps, ... of N epochs; during the first w epochs it
// rises linearly, (t + 1 / steps) / w, and the schedule begins after them.
//   constant: 1;  step: factor^floor(t / every);  exponential: decay^t;  cosine: final + (1 - final) (1 + cos(pi t / N)) / 2
struct ScheduleParameters {
  std::string name = "constant";
  double warmup = 0;             // w, in epochs
  double every = 30;             // step: epochs
  double factor = 0.1;           // step
  double decay = 0.95;           // exponential: a factor each epoch
  double final = 0.0;            // cosine: factor after the last epoch
};

// Ends a training whose metric has not improved for `patience` validations.
struct EarlyStopping {
  std::int64_t patience = 0;     // 0: never
  std::string metric = "auto";   // a column of the history; auto: validation_loss, or loss without a validation part
  double min_delta = 0.0;        // what counts as better
  bool restore_best = true;      // the weights of the best epoch come back at the end
};

struct NetworkParameters {
  std::vector<std::int64_t> hidden = {5, 8, 5};  // widths of the hidden layers
  std::string activation = "relu";               // of hidden layers: any but softmax
  ActivationParameters activation_constants;
  std::string output_activation = "auto";        // auto: linear for numbers, sigmoid or softmax for the entropies
  std::string loss = "mse";                      // mse | mae | huber | binary_crossentropy | categorical_crossentropy | ...
  LossParameters loss_constants;
  OptimizerParameters optimizer;
  ScheduleParameters schedule;
  std::int64_t batch = 32;                       // samples a step; the last batch of an epoch may be smaller
  std::int64_t epochs = 100;
  std::string initialisation = "glorot_uniform"; // glorot_uniform | glorot_normal | he_uniform | he_normal
  double dropout = 0.0;                          // share of each hidden layer's outputs that a step leaves out
  bool batch_normalisation = false;              // of hidden layers, before the activation
  double l1 = 0.0, l2 = 0.0;                     // l1 sum |w| + l2 sum w^2 is made small too (not of biases); not in "loss"
  double clip_value = 0.0;                       // gradients are cut to [-clip_value, clip_value]; 0: not
  double clip_norm = 0.0;                        // gradients are scaled to at most this Euclidean norm; 0: not
  EarlyStopping early_stopping;
  std::vector<double> class_weights;             // factors of the loss of each class; empty: 1
  bool balanced_classes = false;                 // class_weights = "balanced": samples / (classes * samples of the class)
  std::vector<std::string> metrics;              // of the training and validation part; empty: follow the loss
  std::int64_t validate_every = 1;               // epochs between validations; 0: after the last epoch only
};

// Binds every key to `network`, which must outlive the table.
void bind(config::Table& table, NetworkParameters& network);

// The keys that are a name or a table: optimizer, activation, loss, schedule.
const std::vector<std::string>& named_tables();

// Rewrites names that stand for tables: optimizer = "sgd" becomes optimizer = { name = "sgd" }, so that other tables can be
// merged over it key by key. `network` is the value of the table [network] (or one of [space]); others are left alone.
void expand_names(config::Value& network);

// Keys of one name of a named table besides `name`: constant_keys("optimizer", "sgd") is {"learning_rate", "momentum",
// "nesterov", "weight_decay"}; empty: no constants, or no such name.
std::vector<std::string> constant_keys(const std::string& table, const std::string& name);
std::vector<std::string> optimizer_keys(const std::string& name);  // those of "optimizer"

// Every dotted key a space may vary: "hidden", ..., "optimizer", "optimizer.name", "optimizer.learning_rate", ...
std::vector<std::string> network_keys();

// The activation of the last layer with "auto" resolved, and the metrics with "follow the loss" resolved.
std::string resolved_output_activation(const NetworkParameters&);
std::vector<std::string> resolved_metrics(const NetworkParameters&);

// Names of the history's columns: "loss", the metrics of the training part (over the epoch's batches, while weights move),
// then "validation_loss", "validation_<metric>", ... if there is a validation part.
std::vector<std::string> history_columns(const NetworkParameters&, const Dataset&);

// Is more of a metric (or of a column of the history) better? Of losses and errors less is.
bool is_maximised(const std::string& metric_or_column);

// The column that early stopping watches, with "auto" resolved.
std::string watched_column(const NetworkParameters&, const Dataset&);

// Relations within the parameters, and with a data set: one sentence a problem; empty if they fit. Check before training.
std::vector<std::string> problems(const NetworkParameters&);
std::vector<std::string> problems(const NetworkParameters&, const Dataset&);

// Widths of all layers, inputs and outputs included.
std::vector<std::int64_t> layer_widths(const NetworkParameters&, const Dataset&);

// Trainable numbers: weights and biases, and the scale and shift of each normalised unit.
std::int64_t n_weights(const NetworkParameters&, const Dataset&);

// Useful floating-point operations of `epochs` epochs: 6 * weights * samples * epochs.
double training_flop(const NetworkParameters&, const Dataset&, std::int64_t epochs);

// Bytes a Trainer allocates, and bytes of its saved state (about).
std::int64_t trainer_bytes(const NetworkParameters&, const Dataset&);
std::int64_t state_bytes(const NetworkParameters&, const Dataset&);

}  // namespace shoal::nn
