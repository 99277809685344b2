// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "nn/lanes/lane_update.hpp"
#include "nn/metric.hpp"
#include "shoal/nn/train_together.hpp"
#include "shoal/random/stream.hpp"

namespace shoal::nn {
namespace {

// Beyond them the arrays of 16 networks leave the first caches, and DenseNetwork sums gradients in another order.
constexpr std::int64_t kMostInputs = 31, kMostOutputs = 32;

// Larger batches fill the lanes of single trainings well enough, those of narrow networks later.
constexpr std::int64_t kMostBatch = 32, kMostBatchOfNarrow = 64, kNarrow = 8;

// Of the training part: each network has an order of its own, 256 bytes a sample in all.
constexpr std::int64_t kMostSamplesTogether = 1 << 16;

auto what_all_share(const NetworkParameters& n) {
  return std::tie(n.hidden, n.activation, n.activation_constants.negative_slope, n.activation_constants.alpha, n.output_activation,
                  n.loss, n.loss_constants.label_smoothing, n.loss_constants.delta, n.optimizer.name, n.optimizer.nesterov, n.batch,
                  n.epochs, n.class_weights, n.balanced_classes, n.metrics, n.validate_every);
}

}  // namespace

bool may_train_together(const NetworkParameters& n, const Dataset& dataset) {
  const std::vector<std::int64_t> widths = layer_widths(n, dataset);
  const bool small = std::all_of(widths.begin(), widths.end() - 1, [](std::int64_t w) { return w <= kMostInputs; });
  const std::vector<std::string> metrics = resolved_metrics(n);
  const bool means = std::ranges::all_of(metrics, [](const std::string& name) { return metric(name).of_all == nullptr; });
  return small && widths.back() <= kMostOutputs && means && n.dropout == 0 && !n.batch_normalisation && n.l1 == 0 && n.l2 == 0 &&
         n.clip_value == 0 && n.clip_norm == 0 && n.early_stopping.patience == 0 &&
         lanes::update_function(n.optimizer.name) != nullptr;
}

bool gain_together(const NetworkParameters& n, const Dataset& dataset) {
  const bool narrow = std::ranges::max(layer_widths(n, dataset)) <= kNarrow;
  return dataset.train.n_samples <= kMostSamplesTogether &&
         std::min(n.batch, dataset.train.n_samples) <= (narrow ? kMostBatchOfNarrow : kMostBatch) && may_train_together(n, dataset);
}

std::uint64_t together_key(const NetworkParameters& n) {
  std::uint64_t key = 1;
  for (const char letter : fmt::format("{}", what_all_share(n))) key = random::mix(key + static_cast<unsigned char>(letter));
  return key | 1;
}

bool fit_together(const NetworkParameters& a, const NetworkParameters& b) {
  return what_all_share(a) == what_all_share(b);
}

}  // namespace shoal::nn
