// SPDX-License-Identifier: Apache-2.0
// Gradients of wide layers, made in pieces of whole rows of weights: each is updated while it lies in the second cache.
#include <algorithm>

#include "nn/dense_network.hpp"
#include "nn/team_work.hpp"
#include "shoal/kernels/few_samples.hpp"
#include "shoal/kernels/transpose.hpp"

namespace shoal::nn {
namespace {

using kernels::kBlockLanes;
using kernels::kLanes;

constexpr std::int64_t kPanelFeatures = 64;
constexpr std::int64_t kPanelFloats = kBlockLanes * kPanelFeatures;

// Rows in a piece are a multiple of this: whole tiles, whole vectors of weights.
constexpr std::int64_t kPieceRows = 24;
constexpr std::int64_t kPieceFloats = 1 << 17;

// How many samples are few: with more, 16 lanes of samples are faster (measured: 32 to 512 units). Large layers wait for memory,
// whatever is done with what comes from there.
constexpr std::int64_t most_few_samples(std::int64_t n_weights) {
  return n_weights >= 1 << 17 ? kernels::kMostFewSamples : n_weights >= 1 << 13 ? 3 : 1;
}

constexpr std::int64_t kFewRows = 8;
constexpr std::int64_t kFewFloats = 1 << 12;  // 16 KiB of each array, for the first cache

// Outputs of each of the equal pieces of about so many weights: a multiple of `step`.
std::int64_t rows_of(const DenseShape& layer, std::int64_t floats, std::int64_t step) {
  const std::int64_t pieces = layer.n_weights() / floats + 1;
  return round_up((layer.n_outputs + pieces - 1) / pieces, step);
}

}  // namespace

bool DenseNetwork::is_few(std::size_t l, std::int64_t n_samples) const {
  return layers_[l].wide && n_samples > 0 && n_samples <= most_few_samples(layers_[l].n_weights());
}

void DenseNetwork::allocate_wide() {
  std::int64_t inputs = 0, outputs = 0;
  for (const DenseShape& layer : layers_) {
    if (!layer.wide) continue;
    inputs = std::max(inputs, layer.n_inputs), outputs = std::max(outputs, layer.n_outputs);
    const std::int64_t rows = std::min(rows_of(layer, kPieceFloats, kPieceRows), layer.n_outputs);
    piece_floats_ = std::max(piece_floats_, rows * layer.row() + DenseShape::kAlignment);
  }
  if (inputs == 0) return;
  outputs = round_up(outputs, kLanes);
  turned_ = AlignedFloats(round_up(inputs, kPanelFeatures) * n_blocks(capacity_) * kBlockLanes);
  pieces_.emplace_back(piece_floats_);
  bias_sums_ = AlignedFloats(kLanes * outputs);
  bias_gradient_ = AlignedFloats(outputs);
  ones_ = allocate(1, 1.0f);
  few_stride_ = round_up(std::max(inputs, outputs), kLanes);
  few_inputs_ = AlignedFloats(kernels::kMostFewSamples * few_stride_);
  few_outputs_ = AlignedFloats(kernels::kMostFewSamples * few_stride_);
}

void DenseNetwork::set_team(const Team* team) {
  team_ = team;
  if (team_ == nullptr || pieces_.empty()) return;
  while (pieces_.size() < static_cast<std::size_t>(team_->size)) pieces_.emplace_back(piece_floats_);
}

void DenseNetwork::wide_backward(std::size_t l, std::int64_t lanes, std::int64_t n_samples, const Done& done) {
  const DenseShape& layer = layers_[l];
  // Lane sums as in narrow layers.
  kernels::lane_products(deltas_[l], layer.n_outputs, ones_, 1, lanes, bias_sums_.data());
  kernels::reduce_lanes(bias_sums_.data(), layer.n_outputs, bias_gradient_.data());
  if (is_few(l, n_samples)) return few_backward(l, lanes, n_samples, done);
  if (l > 0) input_gradient(l, lanes, n_samples);
  const bool together = team_ != nullptr && team_->size > 1;
  if (together) turn_inputs(l, lanes);
  const std::int64_t rows = rows_of(layer, kPieceFloats, kPieceRows);
  share_work(team_, layer.n_outputs, kPieceRows, layer.forward_flop(lanes), [&](std::int64_t begin, std::int64_t end, int member) {
    for (std::int64_t first = begin; first < end; first += rows) {
      const std::int64_t last = std::min(first + rows, end);
      float* gradient = gradient_piece(l, first, member, done);
      gradient_rows(l, first, last, lanes, n_samples, !together && first == 0, gradient);
      finish_rows(l, first, last, gradient, done);
    }
  });
}

// Where the gradient of rows from `first` on is made: with an update for each piece, a place that stays in the cache.
float* DenseNetwork::gradient_piece(std::size_t l, std::int64_t first, int member, const Done& done) {
  if (done) return pieces_[static_cast<std::size_t>(member)].data();
  return gradient_.data() + layers_[l].offset + first * layers_[l].row();
}

void DenseNetwork::finish_rows(std::size_t l, std::int64_t begin, std::int64_t end, float* gradient, const Done& done) {
  const DenseShape& layer = layers_[l];
  for (std::int64_t o = begin; o < end; ++o) gradient[(o - begin) * layer.row() + layer.n_inputs] = bias_gradient_.data()[o];
  if (!done) return;
  std::int64_t n = (end - begin) * layer.row();
  if (end == layer.n_outputs) {
    const std::int64_t padding = layer.padded_size() - layer.n_weights();
    std::fill_n(gradient + n, padding, 0.0f);
    n += padding;
  }
  done(layer.offset + begin * layer.row(), n, gradient, nullptr);
}

void DenseNetwork::turn_inputs(std::size_t l, std::int64_t lanes) {
  const double flop = kFlopPerMove * static_cast<double>(layers_[l].n_inputs * lanes);
  share_work(team_, layers_[l].n_inputs, kPanelFeatures, flop, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t feature = begin; feature < end; feature += kPanelFeatures) {
      for (std::int64_t block = 0; block < n_blocks(lanes); ++block) turn_panel(l, feature, block, lanes);
    }
  });
}

// 64 inputs of a layer turned over: [sample][input], 32 KiB for the first cache.
void DenseNetwork::turn_panel(std::size_t l, std::int64_t feature, std::int64_t block, std::int64_t lanes) {
  const Block x = view(training_input(l), block, lanes, layers_[l].n_inputs);
  kernels::transpose(x.row(feature), x.stride, std::min(kPanelFeatures, x.rows - feature), x.lanes,
                     turned_panel(feature, block, lanes), kPanelFeatures);
}

float* DenseNetwork::turned_panel(std::int64_t feature, std::int64_t block, std::int64_t lanes) {
  return turned_.data() + (feature / kPanelFeatures * n_blocks(lanes) + block) * kPanelFloats;
}

// Sums over the samples one after the other, with features in the lanes. turn: nobody has turned the inputs over.
void DenseNetwork::gradient_rows(std::size_t l, std::int64_t begin, std::int64_t end, std::int64_t lanes, std::int64_t n_samples,
                                 bool turn, float* gradient) {
  const DenseShape& layer = layers_[l];
  for (std::int64_t feature = 0; feature < layer.n_inputs; feature += kPanelFeatures) {
    for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
      if (turn) turn_panel(l, feature, block, lanes);
      const Block delta = view(deltas_[l], block, lanes, layer.n_outputs);
      kernels::Product p;
      p.rows = end - begin, p.lanes = std::min(kPanelFeatures, layer.n_inputs - feature);
      p.depth = std::min(kBlockLanes, n_samples - block * kBlockLanes);
      p.a = delta.row(begin), p.a_row = delta.stride;
      p.b = turned_panel(feature, block, lanes), p.b_stride = kPanelFeatures;
      p.c = gradient + feature, p.c_stride = layer.row();
      p.start = block == 0 ? kernels::Start::zero : kernels::Start::add;
      kernels::product(p);
    }
  }
}

// Inputs of a layer, sample after sample.
kernels::FewSamples DenseNetwork::few_samples(std::size_t l, std::int64_t n) {
  const DenseShape& layer = layers_[l];
  for (std::int64_t i = 0; i < layer.n_inputs; ++i) {
    const float* x = training_input(l).row(0, i);
    for (std::int64_t s = 0; s < n; ++s) few_inputs_.data()[s * few_stride_ + i] = x[s];
  }
  return {n, layer.n_inputs, layer.n_outputs, weights_.data() + layer.offset, few_inputs_.data(), few_stride_};
}

void DenseNetwork::few_forward(std::size_t l, std::int64_t lanes, std::int64_t n_samples, bool with_activation) {
  const DenseShape& layer = layers_[l];
  kernels::few_forward(few_samples(l, n_samples), few_outputs_.data(), few_stride_);
  const Block y = view(values_[l + 1], 0, lanes, layer.n_outputs);
  const bool relu = with_activation && layer.activation == &activation_relu;
  for (std::int64_t o = 0; o < y.rows; ++o) {
    const float* sums = few_outputs_.data() + o;
    float* to = y.row(o);
    for (std::int64_t s = 0; s < n_samples; ++s) to[s] = relu && sums[s * few_stride_] < 0.0f ? 0.0f : sums[s * few_stride_];
    std::fill(to + n_samples, to + y.lanes, to[n_samples - 1]);
  }
  if (with_activation && !relu) activate(l, 0, lanes, true, 0, layer.n_outputs);
}

// One pass over the weights, which yields the derivatives below, the gradient and, if `done` makes it, the update.
void DenseNetwork::few_backward(std::size_t l, std::int64_t lanes, std::int64_t n_samples, const Done& done) {
  const DenseShape& layer = layers_[l];
  const kernels::FewSamples few = few_samples(l, n_samples);
  kernels::FewDeltas d{deltas_[l].row(0, 0), deltas_[l].stride(0), l > 0 ? few_outputs_.data() : nullptr, nullptr};
  if (l > 0) std::fill_n(d.below, n_samples * few_stride_, 0.0f);
  const std::int64_t rows = rows_of(layer, kFewFloats, kFewRows);
  for (std::int64_t begin = 0; begin < layer.n_outputs; begin += rows) {
    const std::int64_t end = std::min(begin + rows, layer.n_outputs);
    d.gradient = gradient_piece(l, begin, 0, done);
    kernels::few_backward(few, d, begin, end);
    finish_rows(l, begin, end, d.gradient, done);
  }
  if (l == 0) return;
  const bool relu = layers_[l - 1].activation == &activation_relu;
  for (std::int64_t i = 0; i < layer.n_inputs; ++i) {
    float* to = deltas_[l - 1].row(0, i);
    const float* y = values_[l].row(0, i);
    for (std::int64_t s = 0; s < n_samples; ++s) to[s] = relu && !(y[s] > 0.0f) ? 0.0f : d.below[s * few_stride_ + i];
    std::fill(to + n_samples, to + lanes, 0.0f);
  }
  finish_input_gradient(l, 0, lanes, 0, layer.n_inputs);
  if (layers_[l - 1].normal_offset >= 0) normalise_back(l - 1, lanes, n_samples);
}

}  // namespace shoal::nn
