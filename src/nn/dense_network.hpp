// SPDX-License-Identifier: Apache-2.0
// A chain of dense layers on one batch: forward and backward, in memory that is allocated once.
//
// All numbers of a batch lie in blocks of 128 samples, [block][unit][lane]: one block of one layer is what a product tile
// reads, contiguous, in the first or second cache whatever the size of the batch.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nn/activation.hpp"
#include "nn/aligned_floats.hpp"
#include "nn/block.hpp"
#include "shoal/kernels/lane_sums.hpp"

namespace shoal::nn {

constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

struct DenseShape {
  std::int64_t n_inputs = 0, n_outputs = 0;
  const Activation* activation = nullptr;
  std::int64_t offset = 0;      // of its weights (output, input + 1), bias last, in the vector of all weights
  std::int64_t sum_offset = -1; // of its rows in the lane sums; -1: a wide layer, which sums sample after sample

  std::int64_t row() const { return n_inputs + 1; }
  std::int64_t n_weights() const { return row() * n_outputs; }
  bool wide() const { return sum_offset < 0; }
};

class DenseNetwork {
 public:
  // widths: of inputs, hidden layers and outputs. capacity: samples of the largest batch. training: with what backward needs.
  DenseNetwork(const std::vector<std::int64_t>& widths, const std::string& hidden, const std::string& output,
               std::int64_t capacity, bool training);

  const std::vector<DenseShape>& layers() const { return layers_; }
  std::int64_t capacity() const { return capacity_; }  // lanes, a multiple of 16
  static std::int64_t n_blocks(std::int64_t lanes) { return (lanes + kernels::kBlockLanes - 1) / kernels::kBlockLanes; }

  // All weights with up to 7 zeros after each layer, so that layers start on 32 bytes.
  std::int64_t padded_size() const { return weights_.size(); }
  float* weights() { return weights_.data(); }
  const float* weights() const { return weights_.data(); }
  const float* gradient() const { return gradient_.data(); }

  // A block of the inputs to fill, of the outputs, of their derivatives; `lanes`: of the batch, a multiple of 16.
  Block input(std::int64_t block, std::int64_t lanes) { return view(values_.front(), block, lanes, layers_.front().n_inputs); }
  Block output(std::int64_t block, std::int64_t lanes) { return view(values_.back(), block, lanes, layers_.back().n_outputs); }
  Block output_delta(std::int64_t block, std::int64_t lanes) { return view(deltas_.back(), block, lanes, layers_.back().n_outputs); }

  // Outputs of all layers from the inputs. last_activation = false leaves the outputs of the last layer as sums.
  // `tick(flop)` is called after each layer; false gives up and returns false. It may be empty.
  using Tick = std::function<bool(double)>;
  bool forward(std::int64_t lanes, bool last_activation, const Tick& tick);

  // gradient() from output_delta, which is the derivative by the sums of the last layer unless last_activation: then by its
  // outputs. Lanes in [n_samples, lanes) must hold derivatives 0.
  bool backward(std::int64_t lanes, std::int64_t n_samples, bool last_activation, const Tick& tick);

 private:
  static Block view(const kernels::Blocked& b, std::int64_t block, std::int64_t lanes, std::int64_t rows) {
    const std::int64_t rest = lanes - block * kernels::kBlockLanes;
    return {b.row(block, 0), rows, b.stride(block), rest < kernels::kBlockLanes ? rest : kernels::kBlockLanes};
  }
  kernels::Blocked allocate(std::int64_t rows);
  void allocate_layers(const std::vector<std::int64_t>& widths, bool training);
  void forward_layer(std::size_t l, std::int64_t lanes, bool with_activation);
  void weight_gradient(std::size_t l, std::int64_t lanes, std::int64_t n_samples);
  void wide_weight_gradient(std::size_t l, std::int64_t lanes, std::int64_t n_samples);
  void reduce_lane_sums();
  void input_gradient(std::size_t l, std::int64_t lanes);

  std::int64_t capacity_;
  std::vector<DenseShape> layers_;
  AlignedFloats weights_, gradient_, lane_sums_;
  AlignedFloats panel_, bias_sums_, bias_gradient_;  // of wide layers
  kernels::Blocked ones_;
  std::vector<AlignedFloats> memory_;
  std::vector<kernels::Blocked> values_;  // of inputs and of each layer's outputs, each with a row of ones at the end
  std::vector<kernels::Blocked> deltas_;  // derivatives of the loss by each layer's outputs
};

}  // namespace shoal::nn
