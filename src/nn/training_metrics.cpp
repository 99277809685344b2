// SPDX-License-Identifier: Apache-2.0
// Metrics of a part, batch by batch.
#include <algorithm>

#include "nn/training.hpp"

namespace shoal::nn {

using kernels::kBlockLanes;
using kernels::kLanes;

void Training::reserve_outputs(std::int64_t n_samples) {
  const auto n = static_cast<std::size_t>(n_samples);
  if (n <= scores_.size()) return;
  all_outputs_.resize(n * static_cast<std::size_t>(network_.layers().back().n_outputs));
  all_targets_.resize(n * static_cast<std::size_t>(dataset_->n_targets()));
  rank_order_.resize(n);
  scores_.resize(n);
}

// Metrics of the batch that has just gone forward: sums[1 ...] += those that are means, the outputs for the others.
void Training::add_metrics(std::int64_t begin, std::int64_t n, std::span<double> sums) {
  const std::int64_t lanes = round_up(n, kLanes);
  bool keep = false;
  for (std::size_t m = 0; m < metrics_.size(); ++m) {
    if (metrics_[m]->of_all != nullptr) {
      keep = true;
      continue;
    }
    float* lane_sums = sums_.data() + static_cast<std::int64_t>(m + 1) * kLanes;
    for (std::int64_t block = 0; block < DenseNetwork::n_blocks(lanes); ++block) {
      LossBlock b = loss_block(block, n, false);
      b.sums = lane_sums;
      metrics_[m]->add(b);
    }
    sums[m + 1] += static_cast<double>(kernels::lane_total(lane_sums));
  }
  if (!keep) return;
  const std::int64_t n_targets = dataset_->n_targets(), n_outputs = network_.layers().back().n_outputs;
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t block = j / kBlockLanes, lane = j % kBlockLanes;
    const Block y = network_.output(block, lanes);
    float* outputs = all_outputs_.data() + (begin + j) * n_outputs;
    float* targets = all_targets_.data() + (begin + j) * n_targets;
    for (std::int64_t o = 0; o < n_outputs; ++o) outputs[o] = y.row(o)[lane];
    for (std::int64_t t = 0; t < n_targets; ++t) targets[t] = targets_.row(block, t)[lane];
  }
}

// From the sums to the metrics of n samples.
void Training::finish_metrics(std::int64_t n, std::span<double> values) {
  for (std::size_t m = 0; m < metrics_.size(); ++m) {
    if (metrics_[m]->of_all == nullptr) {
      values[m + 1] = metrics_[m]->finish(values[m + 1] / static_cast<double>(n));
      continue;
    }
    const auto size = static_cast<std::size_t>(n);
    values[m + 1] = metrics_[m]->of_all({n, network_.layers().back().n_outputs, dataset_->n_targets(), all_outputs_.data(),
                                         all_targets_.data(), std::span(rank_order_).first(size), std::span(scores_).first(size)});
  }
}

}  // namespace shoal::nn
