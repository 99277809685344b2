// SPDX-License-Identifier: Apache-2.0
#include "nn/dense_network.hpp"

#include <algorithm>

#include "shoal/kernels/product.hpp"
#include "shoal/kernels/transpose.hpp"

namespace shoal::nn {
namespace {

using kernels::kBlockLanes;
using kernels::kLanes;

// Layers of at least this many inputs put features in the lanes when they sum weight gradients: no lane sums to combine,
// but the inputs must be transposed. Part of the definition: it decides the order of those sums.
constexpr std::int64_t kWideInputs = 32;

constexpr std::int64_t kPanelFeatures = 64;

constexpr std::int64_t kLayerAlignment = 8;

double forward_flop(const DenseShape& layer, std::int64_t lanes) {
  return 2.0 * static_cast<double>(layer.n_weights()) * static_cast<double>(lanes);
}

}  // namespace

DenseNetwork::DenseNetwork(const std::vector<std::int64_t>& widths, const std::string& hidden,
                           const std::string& output, std::int64_t capacity, bool training)
    : capacity_(round_up(capacity, kLanes)) {
  std::int64_t offset = 0, sum_offset = 0;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    DenseShape layer;
    layer.n_inputs = widths[l];
    layer.n_outputs = widths[l + 1];
    layer.activation = &activation(l + 2 == widths.size() ? output : hidden);
    layer.offset = offset;
    const std::int64_t padded = round_up(layer.n_weights(), kLayerAlignment);
    offset += padded;
    if (layer.n_inputs < kWideInputs) {
      layer.sum_offset = sum_offset;
      sum_offset += padded * kLanes;
    }
    layers_.push_back(layer);
  }
  weights_ = AlignedFloats(offset);
  if (training) {
    gradient_ = AlignedFloats(offset);
    lane_sums_ = AlignedFloats(sum_offset);
  }
  allocate_layers(widths, training);
}

kernels::Blocked DenseNetwork::allocate(std::int64_t rows) {
  kernels::Blocked blocked{nullptr, rows, capacity_};
  memory_.emplace_back(n_blocks(capacity_) * blocked.block_stride());
  blocked.values = memory_.back().data();
  return blocked;
}

void DenseNetwork::allocate_layers(const std::vector<std::int64_t>& widths, bool training) {
  std::int64_t widest = 0;
  for (const std::int64_t width : widths) {
    values_.push_back(allocate(width + 1));
    for (std::int64_t block = 0; block < n_blocks(capacity_); ++block) {
      std::fill_n(values_.back().row(block, width), values_.back().stride(block), 1.0f);
    }
  }
  for (const DenseShape& layer : layers_) {
    if (training) deltas_.push_back(allocate(layer.n_outputs));
    if (layer.wide()) widest = std::max(widest, layer.n_outputs);
  }
  if (!training || widest == 0) return;
  widest = round_up(widest, kLanes);
  panel_ = AlignedFloats(kBlockLanes * kPanelFeatures);
  bias_sums_ = AlignedFloats(kLanes * widest);
  bias_gradient_ = AlignedFloats(widest);
  ones_ = allocate(1);
  std::fill_n(ones_.values, memory_.back().size(), 1.0f);
}

bool DenseNetwork::forward(std::int64_t lanes, bool last_activation, const Tick& tick) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    forward_layer(l, lanes, l + 1 < layers_.size() || last_activation);
    if (tick && !tick(forward_flop(layers_[l], lanes))) return false;
  }
  return true;
}

void DenseNetwork::forward_layer(std::size_t l, std::int64_t lanes, bool with_activation) {
  static const Activation* const kRelu = &activation("relu");
  const DenseShape& layer = layers_[l];
  const bool relu = with_activation && layer.activation == kRelu;
  for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
    const Block x = view(values_[l], block, lanes, layer.n_inputs);
    const Block y = view(values_[l + 1], block, lanes, layer.n_outputs);
    const float* weights = weights_.data() + layer.offset;
    kernels::Product p;
    p.rows = y.rows, p.depth = x.rows, p.lanes = y.lanes;
    p.a = weights, p.a_row = layer.row();
    p.b = x.values, p.b_stride = x.stride;
    p.c = y.values, p.c_stride = y.stride;
    p.start = kernels::Start::bias, p.bias = weights + layer.n_inputs, p.bias_stride = layer.row();
    p.finish = relu ? kernels::Finish::relu : kernels::Finish::none;
    kernels::product(p);
    if (with_activation && !relu && layer.activation->forward != nullptr) layer.activation->forward(y);
  }
}

bool DenseNetwork::backward(std::int64_t lanes, std::int64_t n_samples, bool last_activation, const Tick& tick) {
  const Activation& last = *layers_.back().activation;
  if (last_activation && last.backward != nullptr) {
    for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
      last.backward(output_delta(block, lanes), values_.back().row(block, 0));
    }
  }
  for (std::size_t l = layers_.size(); l-- > 0;) {
    weight_gradient(l, lanes, n_samples);
    if (l > 0) input_gradient(l, lanes);
    if (tick && !tick(2 * forward_flop(layers_[l], lanes))) return false;
  }
  reduce_lane_sums();
  return true;
}

// All neighbouring narrow layers at once: their sums and their gradients lie one after the other alike.
void DenseNetwork::reduce_lane_sums() {
  for (std::size_t first = 0; first < layers_.size(); ++first) {
    if (layers_[first].wide()) continue;
    std::size_t last = first;
    while (last + 1 < layers_.size() && !layers_[last + 1].wide()) ++last;
    const std::int64_t n = layers_[last].offset + layers_[last].n_weights() - layers_[first].offset;
    kernels::reduce_lanes(lane_sums_.data() + layers_[first].sum_offset, n, gradient_.data() + layers_[first].offset);
    first = last;
  }
}

void DenseNetwork::weight_gradient(std::size_t l, std::int64_t lanes, std::int64_t n_samples) {
  const DenseShape& layer = layers_[l];
  if (layer.wide()) return wide_weight_gradient(l, lanes, n_samples);
  kernels::lane_products(deltas_[l], layer.n_outputs, values_[l], layer.row(), lanes, lane_sums_.data() + layer.sum_offset);
}

// Weights: sums over the samples one after the other, with 64 features in the lanes at a time: a panel of inputs turned
// over, [sample][feature], fits the first cache. Biases: lane sums as in narrow layers.
void DenseNetwork::wide_weight_gradient(std::size_t l, std::int64_t lanes, std::int64_t n_samples) {
  const DenseShape& layer = layers_[l];
  float* gradient = gradient_.data() + layer.offset;
  for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
    const Block delta = view(deltas_[l], block, lanes, layer.n_outputs);
    for (std::int64_t feature = 0; feature < layer.n_inputs; feature += kPanelFeatures) {
      const std::int64_t features = std::min(kPanelFeatures, layer.n_inputs - feature);
      kernels::transpose(values_[l].row(block, feature), delta.stride, features, delta.lanes, panel_.data(), kPanelFeatures);
      kernels::Product p;
      p.rows = layer.n_outputs, p.lanes = features;
      p.depth = std::min(kBlockLanes, n_samples - block * kBlockLanes);
      p.a = delta.values, p.a_row = delta.stride;
      p.b = panel_.data(), p.b_stride = kPanelFeatures;
      p.c = gradient + feature, p.c_stride = layer.row();
      p.start = block == 0 ? kernels::Start::zero : kernels::Start::add;
      kernels::product(p);
    }
  }
  kernels::lane_products(deltas_[l], layer.n_outputs, ones_, 1, lanes, bias_sums_.data());
  kernels::reduce_lanes(bias_sums_.data(), layer.n_outputs, bias_gradient_.data());
  for (std::int64_t o = 0; o < layer.n_outputs; ++o) gradient[o * layer.row() + layer.n_inputs] = bias_gradient_.data()[o];
}

void DenseNetwork::input_gradient(std::size_t l, std::int64_t lanes) {
  static const Activation* const kRelu = &activation("relu");
  const DenseShape& layer = layers_[l];
  const Activation& below = *layers_[l - 1].activation;
  for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
    const Block delta = view(deltas_[l], block, lanes, layer.n_outputs);
    const Block out = view(deltas_[l - 1], block, lanes, layer.n_inputs);
    const float* y = values_[l].row(block, 0);
    kernels::Product p;
    p.rows = layer.n_inputs, p.depth = layer.n_outputs, p.lanes = out.lanes;
    p.a = weights_.data() + layer.offset, p.a_row = 1, p.a_depth = layer.row();
    p.b = delta.values, p.b_stride = delta.stride;
    p.c = out.values, p.c_stride = out.stride;
    if (&below == kRelu) p.finish = kernels::Finish::mask, p.mask = y;
    kernels::product(p);
    if (&below != kRelu && below.backward != nullptr) below.backward(out, y);
  }
}

}  // namespace shoal::nn
