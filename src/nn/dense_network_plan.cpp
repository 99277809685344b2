// SPDX-License-Identifier: Apache-2.0
// The products of a batch, and for small networks the list of tiles that they consist of.
#include <iterator>
#include <span>

#include "nn/dense_network.hpp"

namespace shoal::nn {

using kernels::kLanes;

kernels::Product DenseNetwork::forward_product(std::size_t l, std::int64_t block, std::int64_t lanes, bool training,
                                               bool with_activation, std::int64_t begin, std::int64_t end) const {
  const DenseShape& layer = layers_[l];
  const float* weights = (training || folded_.size() == 0 ? weights_ : folded_).data() + layer.offset + begin * layer.row();
  const Block x = view(training ? training_input(l) : values_[l], block, lanes, layer.n_inputs);
  const Block y = view(values_[l + 1], block, lanes, layer.n_outputs);
  kernels::Product p;
  p.rows = end - begin, p.depth = x.rows, p.lanes = y.lanes;
  p.a = weights, p.a_row = layer.row();
  p.b = x.values, p.b_stride = x.stride;
  p.c = y.row(begin), p.c_stride = y.stride;
  p.start = kernels::Start::bias, p.bias = weights + layer.n_inputs, p.bias_stride = layer.row();
  p.finish = with_activation && layer.activation == &activation_relu ? kernels::Finish::relu : kernels::Finish::none;
  return p;
}

kernels::Product DenseNetwork::input_gradient_product(std::size_t l, std::int64_t block, std::int64_t lanes, std::int64_t begin,
                                                      std::int64_t end) const {
  const DenseShape& layer = layers_[l];
  const Block delta = view(deltas_[l], block, lanes, layer.n_outputs);
  const Block out = view(deltas_[l - 1], block, lanes, layer.n_inputs);
  kernels::Product p;
  p.rows = end - begin, p.depth = layer.n_outputs, p.lanes = out.lanes;
  p.a = weights_.data() + layer.offset + begin, p.a_row = 1, p.a_depth = layer.row();
  p.b = delta.values, p.b_stride = delta.stride;
  p.c = out.row(begin), p.c_stride = out.stride;
  if (layers_[l - 1].activation == &activation_relu) p.finish = kernels::Finish::mask, p.mask = values_[l].row(block, begin);
  return p;
}

const DenseNetwork::Plan* DenseNetwork::plan_of(std::int64_t lanes, bool last_activation) {
  if (!plans_batches_) return nullptr;
  for (const Plan& plan : plans_) {
    if (plan.lanes == lanes && plan.last_activation == last_activation) return &plan;
  }
  Plan& plan = plans_[next_plan_];
  next_plan_ = (next_plan_ + 1) % std::size(plans_);
  make_plan(plan, lanes, last_activation);
  return &plan;
}

void DenseNetwork::make_plan(Plan& plan, std::int64_t lanes, bool last_activation) {
  plan.lanes = lanes, plan.last_activation = last_activation;
  plan.tiles.clear(), plan.forward.clear(), plan.backward.clear();
  plan_forward(plan);
  plan_backward(plan);
}

void DenseNetwork::plan_forward(Plan& plan) {
  std::size_t begin = plan.tiles.size();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const DenseShape& layer = layers_[l];
    const bool with_activation = is_hidden(l) || plan.last_activation;
    for (std::int64_t block = 0; block < n_blocks(plan.lanes); ++block)
      kernels::plan_product(forward_product(l, block, plan.lanes, true, with_activation, 0, layer.n_outputs), plan.tiles);
    const bool activate = with_activation && layer.activation != &activation_relu && layer.activation->forward != nullptr;
    if (!activate && is_hidden(l)) continue;
    plan.forward.push_back({begin, plan.tiles.size(), activate ? l : kNoLayer});
    begin = plan.tiles.size();
  }
}

void DenseNetwork::plan_backward(Plan& plan) {
  std::int64_t end = layers_.back().offset + layers_.back().padded_size();
  std::size_t begin = plan.tiles.size();
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const DenseShape& layer = layers_[l];
    float* sums = lane_sums(layer.offset, end);
    kernels::plan_lane_products(deltas_[l], layer.n_outputs, values_[l], layer.row(), plan.lanes, sums, plan.tiles);
    const std::int64_t padding = layer.padded_size() - layer.n_weights();
    if (padding > 0) kernels::plan_zeros(sums + layer.n_weights() * kLanes, padding * kLanes, plan.tiles);
    PlanPart part;
    if (l > 0) {
      const Activation* below = layers_[l - 1].activation;
      for (std::int64_t block = 0; block < n_blocks(plan.lanes); ++block)
        kernels::plan_product(input_gradient_product(l, block, plan.lanes, 0, layer.n_inputs), plan.tiles);
      if (below != &activation_relu && below->backward != nullptr) part.activate = l - 1;
    }
    if (completes_piece(l, end)) {
      part.piece_offset = layer.offset, part.piece_size = end - layer.offset;
      end = layer.offset;
    } else if (part.activate == kNoLayer) {
      continue;
    }
    part.begin = begin, part.end = begin = plan.tiles.size();
    plan.backward.push_back(part);
  }
}

bool DenseNetwork::run_forward(const Plan& plan, const Tick& tick) {
  for (const PlanPart& part : plan.forward) {
    kernels::compute_tiles(std::span(plan.tiles).subspan(part.begin, part.end - part.begin));
    for (std::int64_t block = 0; part.activate != kNoLayer && block < n_blocks(plan.lanes); ++block)
      activate(part.activate, block, plan.lanes, true, 0, layers_[part.activate].n_outputs);
  }
  return !tick || tick(2.0 * static_cast<double>(padded_size() * plan.lanes));
}

bool DenseNetwork::run_backward(const Plan& plan, const Tick& tick, const Done& done) {
  for (const PlanPart& part : plan.backward) {
    kernels::compute_tiles(std::span(plan.tiles).subspan(part.begin, part.end - part.begin));
    for (std::int64_t block = 0; part.activate != kNoLayer && block < n_blocks(plan.lanes); ++block)
      activate_back(part.activate, block, plan.lanes, 0, layers_[part.activate].n_outputs);
    if (part.piece_size > 0) finish_piece(part.piece_offset, part.piece_offset + part.piece_size, done);
  }
  return !tick || tick(4.0 * static_cast<double>(padded_size() * plan.lanes));
}

}  // namespace shoal::nn
