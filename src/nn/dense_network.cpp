// SPDX-License-Identifier: Apache-2.0
#include "nn/dense_network.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "nn/normalise.hpp"
#include "nn/team_work.hpp"
#include "shoal/random/distributions.hpp"

namespace shoal::nn {

namespace {

using kernels::kBlockLanes;
using kernels::kLanes;

// Layers of at least this many inputs put features in the lanes when they sum weight gradients: no lane sums to combine,
// but the inputs must be transposed. Part of the definition: it decides the order of those sums.
constexpr std::int64_t kWideInputs = 32;

// Gradients of neighbouring narrow layers are finished, and their weights updated, in pieces of about this many: few enough for
// their lane sums to stay in the first cache, and enough to be worth the calls.
constexpr std::int64_t kWeightsPerPiece = 256;

// What a member of a team takes at least: whole tiles.
constexpr std::int64_t kTeamRows = 12;

// Weights that go through all blocks of a batch before the next ones do: 1 MiB, half of a usual second cache.
constexpr std::int64_t kWeightsAtOnce = 1 << 18;

// body(begin, end) for equal parts of [begin, end) rows, of `depth` weights each.
template <class Body>
void by_cached_rows(std::int64_t begin, std::int64_t end, std::int64_t depth, const Body& body) {
  const std::int64_t parts = (end - begin) * depth / kWeightsAtOnce + 1;
  const std::int64_t rows = round_up((end - begin + parts - 1) / parts, kTeamRows);
  for (; begin < end; begin += rows) body(begin, std::min(begin + rows, end));
}

}  // namespace

DenseNetwork::DenseNetwork(const NetworkShape& shape, std::int64_t capacity, bool training)
    : capacity_(round_up(capacity, kLanes)), dropout_(shape.dropout) {
  allocate_layers(shape, training);
  allocate_batch(shape, training);
  reset_normalisation();
  // Small and plain: nothing that a team would share, no steps between the products but the activations.
  plans_batches_ = training && dropout_ == 0 && !shape.normalise && std::ranges::none_of(layers_, [&](const DenseShape& layer) {
    return layer.wide || layer.forward_flop(capacity_) >= kFlopPerTeam;
  });
  if (!plans_batches_) return;
  for (Plan& plan : plans_) {
    make_plan(plan, capacity_, false);  // the most tiles of any batch: later ones allocate nothing
    plan.lanes = 0;
  }
}

void DenseNetwork::allocate_layers(const NetworkShape& shape, bool training) {
  std::int64_t offset = 0, widest_narrow = 0, n_normal = 0;
  for (std::size_t l = 0; l + 1 < shape.widths.size(); ++l) {
    const bool last = l + 2 == shape.widths.size();
    DenseShape layer;
    layer.n_inputs = shape.widths[l];
    layer.n_outputs = shape.widths[l + 1];
    layer.activation = &activation(last ? shape.output : shape.hidden);
    layer.constant = last ? shape.output_constant : activation_constant(*layer.activation, shape.constants);
    layer.offset = offset;
    layer.wide = layer.n_inputs >= kWideInputs;
    offset += layer.padded_size();
    if (!layer.wide) widest_narrow = std::max(widest_narrow, layer.padded_size());
    layers_.push_back(layer);
  }
  for (std::size_t l = 0; shape.normalise && is_hidden(l); ++l) {
    layers_[l].normal_offset = offset + n_normal;
    n_normal += 2 * layers_[l].n_outputs;
  }
  offset += round_up(n_normal, DenseShape::kAlignment);
  weights_ = AlignedFloats(offset);
  if (n_normal > 0) {
    moving_ = AlignedFloats(n_normal);
    folded_ = AlignedFloats(offset);
    inverse_deviations_ = AlignedFloats(n_normal);
  }
  if (!training) return;
  gradient_ = AlignedFloats(offset);
  lane_sums_ = AlignedFloats((kWeightsPerPiece + widest_narrow) * kLanes);
}

kernels::Blocked DenseNetwork::allocate(std::int64_t rows, float last_row) {
  kernels::Blocked blocked{nullptr, rows, capacity_};
  memory_.emplace_back(n_blocks(capacity_) * blocked.block_stride());
  blocked.values = memory_.back().data();
  for (std::int64_t block = 0; block < n_blocks(capacity_); ++block) {
    std::fill_n(blocked.row(block, rows - 1), blocked.stride(block), last_row);
  }
  return blocked;
}

void DenseNetwork::allocate_batch(const NetworkShape& shape, bool training) {
  for (const std::int64_t width : shape.widths) values_.push_back(allocate(width + 1, 1.0f));
  if (!training) return;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const DenseShape& layer = layers_[l];
    const bool dropped = dropout_ > 0 && is_hidden(l);
    deltas_.push_back(allocate(layer.n_outputs, 0.0f));
    sums_.push_back(layer.activation->needs_input ? allocate(layer.n_outputs, 0.0f) : kernels::Blocked{});
    normalised_.push_back(layer.normal_offset >= 0 ? allocate(layer.n_outputs, 0.0f) : kernels::Blocked{});
    masks_.push_back(dropped ? allocate(layer.n_outputs, 0.0f) : kernels::Blocked{});
    dropped_.push_back(dropped ? allocate(layer.n_outputs + 1, 1.0f) : kernels::Blocked{});
    if (dropped) words_.resize(std::max(words_.size(), static_cast<std::size_t>(layer.n_outputs * kBlockLanes)));
  }
  allocate_wide();
}

void DenseNetwork::reset_normalisation() {
  float* moving = moving_.data();
  for (const DenseShape& layer : layers_) {
    if (layer.normal_offset < 0) continue;
    float* scale = weights_.data() + layer.normal_offset;
    std::fill_n(scale, layer.n_outputs, 1.0f);
    std::fill_n(scale + layer.n_outputs, layer.n_outputs, 0.0f);
    std::fill_n(moving, layer.n_outputs, 0.0f);
    std::fill_n(moving + layer.n_outputs, layer.n_outputs, 1.0f);
    moving += 2 * layer.n_outputs;
  }
}

void DenseNetwork::fold_normalisation(float* folded) const {
  std::copy_n(weights_.data(), weights_.size(), folded);
  const float* mean = moving_.data();
  for (const DenseShape& layer : layers_) {
    if (layer.normal_offset < 0) continue;
    const float* scale = weights_.data() + layer.normal_offset;
    for (std::int64_t o = 0; o < layer.n_outputs; ++o) {
      const float factor = scale[o] / std::sqrt(mean[layer.n_outputs + o] + kNormalisationEpsilon);
      float* row = folded + layer.offset + o * layer.row();
      for (std::int64_t i = 0; i < layer.n_inputs; ++i) row[i] *= factor;
      row[layer.n_inputs] = std::fma(row[layer.n_inputs] - mean[o], factor, scale[layer.n_outputs + o]);
    }
    mean += 2 * layer.n_outputs;
  }
}

void DenseNetwork::prepare_use() {
  if (folded_.size() > 0) fold_normalisation(folded_.data());
}

void DenseNetwork::set_dropout_place(const random::Stream& stream, std::uint64_t task, std::uint64_t step) {
  dropout_stream_ = stream, dropout_task_ = task, dropout_step_ = step;
}

bool DenseNetwork::forward(std::int64_t lanes, std::int64_t n_samples, bool last_activation, const Tick& tick) {
  const Plan* plan = n_samples > 0 ? plan_of(lanes, last_activation) : nullptr;
  if (plan != nullptr) return run_forward(*plan, tick);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    forward_layer(l, lanes, n_samples, is_hidden(l) || last_activation);
    if (tick && !tick(layers_[l].forward_flop(lanes))) return false;
  }
  return true;
}

void DenseNetwork::forward_layer(std::size_t l, std::int64_t lanes, std::int64_t n_samples, bool with_activation) {
  const DenseShape& layer = layers_[l];
  const bool training = n_samples > 0, normal = training && layer.normal_offset >= 0;
  const bool few = is_few(l, n_samples) && layer.n_outputs >= kLanes;
  if (few) few_forward(l, lanes, n_samples, with_activation && !normal);
  // Units apart from each other, but for an activation of all of them together.
  const bool apart = layer.activation->hidden || !with_activation;
  if (!few) share_work(apart ? team_ : nullptr, layer.n_outputs, kTeamRows, layer.forward_flop(lanes), [&](std::int64_t begin, std::int64_t end, int) {
    forward_rows(l, lanes, training, with_activation && !normal, begin, end);
  });
  if (normal) {
    normalise(l, lanes, n_samples);
    for (std::int64_t block = 0; block < n_blocks(lanes); ++block) activate(l, block, lanes, true, 0, layer.n_outputs);
  }
  if (training && dropout_ > 0 && is_hidden(l)) drop(l, lanes);
}

void DenseNetwork::forward_rows(std::size_t l, std::int64_t lanes, bool training, bool with_activation, std::int64_t begin,
                                std::int64_t end) {
  const DenseShape& layer = layers_[l];
  const bool activates = with_activation && layer.activation != &activation_relu, apart = layer.activation->hidden;
  by_cached_rows(begin, end, layer.row(), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
      kernels::product(forward_product(l, block, lanes, training, with_activation, first, last));
      if (activates && apart) activate(l, block, lanes, training, first, last);
    }
  });
  if (!activates || apart) return;
  for (std::int64_t block = 0; block < n_blocks(lanes); ++block) activate(l, block, lanes, training, begin, end);
}

void DenseNetwork::activate(std::size_t l, std::int64_t block, std::int64_t lanes, bool training, std::int64_t begin,
                            std::int64_t end) {
  const DenseShape& layer = layers_[l];
  if (layer.activation->forward == nullptr) return;
  const Block all = view(values_[l + 1], block, lanes, layer.n_outputs);
  const Block y{all.row(begin), end - begin, all.stride, all.lanes};
  if (training && layer.activation->needs_input) std::copy_n(y.values, y.rows * y.stride, sums_[l].row(block, begin));
  layer.activation->forward(y, layer.constant);
}

void DenseNetwork::normalise(std::size_t l, std::int64_t lanes, std::int64_t n_samples) {
  const DenseShape& layer = layers_[l];
  float* mean = moving_.data() + (layer.normal_offset - layers_.front().normal_offset);
  Normalisation n;
  n.values = values_[l + 1], n.normalised = normalised_[l];
  n.rows = layer.n_outputs, n.lanes = lanes, n.n_samples = n_samples;
  n.scale = weights_.data() + layer.normal_offset, n.shift = n.scale + layer.n_outputs;
  n.moving_mean = mean, n.moving_variance = mean + layer.n_outputs;
  n.inverse_deviations = inverse_deviations_.data() + (mean - moving_.data());
  normalise_batch(n, kNormalisationEpsilon, kMovingShare);
}

void DenseNetwork::normalise_back(std::size_t l, std::int64_t lanes, std::int64_t n_samples) {
  const DenseShape& layer = layers_[l];
  Normalisation n;
  n.values = deltas_[l], n.normalised = normalised_[l];
  n.rows = layer.n_outputs, n.lanes = lanes, n.n_samples = n_samples;
  n.scale = weights_.data() + layer.normal_offset;
  n.inverse_deviations = inverse_deviations_.data() + (layer.normal_offset - layers_.front().normal_offset);
  n.scale_gradient = gradient_.data() + layer.normal_offset, n.shift_gradient = n.scale_gradient + layer.n_outputs;
  normalise_gradient(n);
}

// Word i of a layer's block belongs to unit i / stride and lane i % stride.
void DenseNetwork::drop(std::size_t l, std::int64_t lanes) {
  const DenseShape& layer = layers_[l];
  const random::Stream stream = dropout_stream_.derived(l + 1);
  const auto limit = static_cast<std::uint32_t>(dropout_ * 4294967296.0);
  const float factor = 1.0f / (1.0f - static_cast<float>(dropout_));
  const std::uint64_t block_draws = static_cast<std::uint64_t>(layer.n_outputs * kBlockLanes) / 4;
  const std::uint64_t step_draws = block_draws * static_cast<std::uint64_t>(n_blocks(capacity_));
  for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
    const Block y = view(values_[l + 1], block, lanes, layer.n_outputs);
    const std::int64_t n = y.rows * y.stride;
    random::fill_words(stream, dropout_task_, dropout_step_ * step_draws + static_cast<std::uint64_t>(block) * block_draws,
                       std::span(words_).first(static_cast<std::size_t>(n)));
    float* mask = masks_[l].row(block, 0);
    float* to = dropped_[l].row(block, 0);
    for (std::int64_t i = 0; i < n; ++i) {
      mask[i] = words_[static_cast<std::size_t>(i)] < limit ? 0.0f : factor;
      to[i] = y.values[i] * mask[i];
    }
  }
}

std::int64_t DenseNetwork::first_bad_layer(std::int64_t lanes) const {
  // All exponent bits set, without a way out of the loop, so that it runs in vectors: all weights are looked at each epoch.
  const auto bad = [](const float* x, std::int64_t n) {
    constexpr std::uint32_t exponent = 0x7f800000;
    std::uint32_t any = 0;
    for (std::int64_t i = 0; i < n; ++i) any |= (std::bit_cast<std::uint32_t>(x[i]) & exponent) == exponent;
    return any != 0;
  };
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const DenseShape& layer = layers_[l];
    if (bad(weights_.data() + layer.offset, layer.n_weights())) return static_cast<std::int64_t>(l);
    if (layer.normal_offset >= 0 && bad(weights_.data() + layer.normal_offset, 2 * layer.n_outputs)) return static_cast<std::int64_t>(l);
    for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
      const Block y = view(values_[l + 1], block, lanes, layer.n_outputs);
      for (std::int64_t r = 0; r < y.rows; ++r)
        if (bad(y.row(r), y.lanes)) return static_cast<std::int64_t>(l);
    }
  }
  return -1;
}

const float* DenseNetwork::backward_values(std::size_t l, std::int64_t block) const {
  return (layers_[l].activation->needs_input ? sums_[l] : values_[l + 1]).row(block, 0);
}

// Whether layer l is the last of a piece of narrow layers that ends at `end`.
bool DenseNetwork::completes_piece(std::size_t l, std::int64_t end) const {
  return l == 0 || layers_[l].wide || layers_[l - 1].wide || end - layers_[l].offset >= kWeightsPerPiece;
}

bool DenseNetwork::backward(std::int64_t lanes, std::int64_t n_samples, bool last_activation, const Tick& tick, const Done& done) {
  const Activation& last = *layers_.back().activation;
  if (last_activation && last.backward != nullptr) {
    for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
      last.backward(output_delta(block, lanes), backward_values(layers_.size() - 1, block), layers_.back().constant);
    }
  }
  const std::int64_t n_layer_weights = layers_.back().offset + layers_.back().padded_size();
  if (const Plan* plan = plan_of(lanes, last_activation)) return run_backward(*plan, tick, done);
  std::int64_t end = n_layer_weights;  // of the piece to which the present layer belongs
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const DenseShape& layer = layers_[l];
    if (layer.wide) {
      wide_backward(l, lanes, n_samples, done);
      end = layer.offset;
    } else {
      weight_gradient(l, lanes, end);
      if (l > 0) input_gradient(l, lanes, n_samples);
    }
    if (!layer.wide && completes_piece(l, end)) {
      finish_piece(layer.offset, end, done);
      end = layer.offset;
    }
    if (tick && !tick(2 * layer.forward_flop(lanes))) return false;
  }
  if (done && n_layer_weights < padded_size()) done(n_layer_weights, padded_size() - n_layer_weights, gradient_.data() + n_layer_weights, nullptr);
  return true;
}

// The sums of a piece of narrow layers end where lane_sums_ ends, in the order of their weights.
float* DenseNetwork::lane_sums(std::int64_t offset, std::int64_t end) {
  return lane_sums_.data() + lane_sums_.size() - (end - offset) * kLanes;
}

void DenseNetwork::finish_piece(std::int64_t offset, std::int64_t end, const Done& done) {
  const float* sums = lane_sums(offset, end);
  if (!done) return kernels::reduce_lanes(sums, end - offset, gradient_.data() + offset);
  const double flop = kFlopPerUpdate * static_cast<double>(end - offset);
  share_work(team_, end - offset, DenseShape::kAlignment, flop, [&](std::int64_t first, std::int64_t last, int) {
    done(offset + first, last - first, nullptr, sums + first * kLanes);
  });
}

void DenseNetwork::weight_gradient(std::size_t l, std::int64_t lanes, std::int64_t end) {
  const DenseShape& layer = layers_[l];
  float* sums = lane_sums(layer.offset, end);
  kernels::lane_products(deltas_[l], layer.n_outputs, training_input(l), layer.row(), lanes, sums);
  std::fill_n(sums + layer.n_weights() * kLanes, (layer.padded_size() - layer.n_weights()) * kLanes, 0.0f);
}

void DenseNetwork::input_gradient(std::size_t l, std::int64_t lanes, std::int64_t n_samples) {
  const DenseShape& layer = layers_[l];
  share_work(team_, layer.n_inputs, kTeamRows, layer.forward_flop(lanes),
             [&](std::int64_t begin, std::int64_t end, int) { input_gradient_rows(l, lanes, begin, end); });
  if (layers_[l - 1].normal_offset >= 0) normalise_back(l - 1, lanes, n_samples);
}

void DenseNetwork::input_gradient_rows(std::size_t l, std::int64_t lanes, std::int64_t begin, std::int64_t end) {
  by_cached_rows(begin, end, layers_[l].n_outputs, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = 0; block < n_blocks(lanes); ++block) {
      kernels::product(input_gradient_product(l, block, lanes, first, last));
      finish_input_gradient(l, block, lanes, first, last);
    }
  });
}

void DenseNetwork::finish_input_gradient(std::size_t l, std::int64_t block, std::int64_t lanes, std::int64_t begin, std::int64_t end) {
  if (dropout_ > 0) {
    const float* mask = masks_[l - 1].row(block, begin);
    float* out = deltas_[l - 1].row(block, begin);
    for (std::int64_t i = 0; i < (end - begin) * deltas_[l - 1].stride(block); ++i) out[i] *= mask[i];
  }
  if (layers_[l - 1].activation != &activation_relu) activate_back(l - 1, block, lanes, begin, end);
}

// Units [begin, end) of layer l: from derivatives by outputs to those by sums.
void DenseNetwork::activate_back(std::size_t l, std::int64_t block, std::int64_t lanes, std::int64_t begin, std::int64_t end) {
  const DenseShape& layer = layers_[l];
  if (layer.activation->backward == nullptr) return;
  const Block all = view(deltas_[l], block, lanes, layer.n_outputs);
  const Block delta{all.row(begin), end - begin, all.stride, all.lanes};
  layer.activation->backward(delta, backward_values(l, block) + begin * all.stride, layer.constant);
}

}  // namespace shoal::nn
