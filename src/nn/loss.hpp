// SPDX-License-Identifier: Apache-2.0
// Losses: one file in src/nn/losses and one line in losses.def each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nn/block.hpp"
#include "shoal/nn/dataset.hpp"
#include "shoal/nn/network_parameters.hpp"

namespace shoal::nn {

// One block of outputs and targets.
struct LossBlock {
  Block outputs;                  // of the network; before the last activation if Loss::from_logits
  const float* targets = nullptr; // (target, lane), same stride as the outputs
  std::int64_t n_targets = 1;     // rows of the targets
  float* delta = nullptr;         // out: derivative of the batch's mean loss by `outputs`, same shape; may be null
  std::int64_t n_valid = 0;       // samples; lanes beyond have delta 0 and no loss
  float scale = 1;                // 1 / samples of the batch
  float* sums = nullptr;          // 16 lanes: += loss of each sample (the mean over its outputs)
  float constant = 0;             // of the loss
  const float* class_weights = nullptr;  // (class) factors of loss and derivative; null: 1
};

struct Loss {
  const char* name;
  const char* output_activation;  // default, and the only one possible if from_logits
  const char* metric;             // default
  bool from_logits;               // computed with the last activation as one function, which is exact where apart it is not
  std::int64_t (*n_outputs)(const Dataset&);
  // What is wrong with a data set's targets in one sentence, or "".
  std::string (*problem)(const Dataset&);
  void (*compute)(const LossBlock&);
  void (*compute_reference)(const LossBlock&);
  void (*bind)(config::Table&, LossParameters&) = nullptr;  // the key of its constant
  double LossParameters::*constant = nullptr;
};

// The constant of a loss; 0 if it has none.
float loss_constant(const Loss&, const LossParameters&);
void bind_label_smoothing(config::Table&, LossParameters&);

const Loss& loss(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> loss_names();

// One more than the largest target of all parts.
std::int64_t n_target_classes(const Dataset&);

// "" if all targets of all parts are whole numbers in [0, n).
std::string class_problem(const Dataset&, std::int64_t n, std::string_view loss_name);

}  // namespace shoal::nn
