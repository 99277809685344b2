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
#include "shoal/kernels/few_samples.hpp"
#include "shoal/kernels/lane_sums.hpp"
#include "shoal/kernels/planned_tiles.hpp"
#include "shoal/nn/trainer.hpp"
#include "shoal/random/stream.hpp"

namespace shoal::nn {

constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

// Of batch normalisation, those of Keras.
inline constexpr float kNormalisationEpsilon = 1e-3f;
inline constexpr float kMovingShare = 0.99f;  // of the moving mean and variance that a batch leaves

// What a network is made of.
struct NetworkShape {
  std::vector<std::int64_t> widths;  // of inputs, hidden layers and outputs
  std::string hidden, output;        // activations
  ActivationParameters constants;    // of the hidden layers' activation
  float output_constant = 0;
  double dropout = 0;
  bool normalise = false;            // hidden layers, over the batch
};

extern const Activation activation_relu;  // the one that products apply themselves

struct DenseShape {
  std::int64_t n_inputs = 0, n_outputs = 0;
  const Activation* activation = nullptr;
  float constant = 0;           // of the activation
  std::int64_t normal_offset = -1;  // of scale (output) and shift (output) in the vector of all weights; -1: not normalised
  std::int64_t offset = 0;      // of its weights (output, input + 1), bias last, in the vector of all weights
  bool wide = false;            // sums weight gradients sample after sample, features in the lanes

  std::int64_t row() const { return n_inputs + 1; }
  std::int64_t n_weights() const { return row() * n_outputs; }
  static constexpr std::int64_t kAlignment = 8;
  std::int64_t padded_size() const { return round_up(n_weights(), kAlignment); }
  double forward_flop(std::int64_t lanes) const { return 2.0 * static_cast<double>(n_weights() * lanes); }
};

class DenseNetwork {
 public:
  // capacity: samples of the largest batch. training: with what backward needs.
  DenseNetwork(const NetworkShape&, std::int64_t capacity, bool training);

  const std::vector<DenseShape>& layers() const { return layers_; }
  std::int64_t capacity() const { return capacity_; }  // lanes, a multiple of 16
  static std::int64_t n_blocks(std::int64_t lanes) { return (lanes + kernels::kBlockLanes - 1) / kernels::kBlockLanes; }

  // All weights with up to 7 zeros after each layer, so that layers start on 32 bytes; then scales and shifts.
  std::int64_t padded_size() const { return weights_.size(); }
  float* weights() { return weights_.data(); }
  const float* weights() const { return weights_.data(); }
  float* gradient() { return gradient_.data(); }
  const float* gradient() const { return gradient_.data(); }

  // Weights as at first, for all that is not drawn: scales 1, shifts 0, moving means 0 and variances 1.
  void reset_normalisation();
  // Moving means and variances of normalised layers: what they are outside of training.
  AlignedFloats& moving() { return moving_; }
  const AlignedFloats& moving() const { return moving_; }
  // The weights of the same network without normalisation, for use outside of training; padded_size() numbers.
  void fold_normalisation(float* weights) const;

  // Threads for the layers from now on, or none; must outlive its use. Allocates what they need.
  void set_team(const Team* team);

  // Where the random numbers of the next training batch are: task and step of a stream.
  void set_dropout_place(const random::Stream& stream, std::uint64_t task, std::uint64_t step);

  // The first layer with an infinite number or NaN among its weights, or among its outputs in the first `lanes` lanes of
  // the last forward; -1: none.
  std::int64_t first_bad_layer(std::int64_t lanes) const;

  // A block of the inputs to fill, of the outputs, of their derivatives; `lanes`: of the batch, a multiple of 16.
  Block input(std::int64_t block, std::int64_t lanes) { return view(values_.front(), block, lanes, layers_.front().n_inputs); }
  Block output(std::int64_t block, std::int64_t lanes) { return view(values_.back(), block, lanes, layers_.back().n_outputs); }
  Block output_delta(std::int64_t block, std::int64_t lanes) { return view(deltas_.back(), block, lanes, layers_.back().n_outputs); }

  // Outputs of all layers from the inputs. last_activation = false leaves the outputs of the last layer as sums.
  // n_samples > 0: a batch of a training, with dropout, normalised over these samples; 0: use of the network (prepare first).
  // `tick(flop)` is called after each layer, for planned batches once at the end; false gives up and returns false. It may be empty.
  using Tick = std::function<bool(double)>;
  bool forward(std::int64_t lanes, std::int64_t n_samples, bool last_activation, const Tick& tick);

  // Before forward without training, once weights have changed.
  void prepare_use();

  // gradient() from output_delta, which is the derivative by the sums of the last layer unless last_activation: then by its
  // outputs. Lanes in [n_samples, lanes) must hold derivatives 0. If there is a `done`, it gets the gradient instead:
  // done(offset, n, gradient, lane_sums) for n of the padded weights as soon as nothing will read these any more, so that an
  // update hides behind the layers below, whose products wait for other units of the core. lane_sums: (n, 16), to be reduced
  // to the gradient; null: `gradient` holds it. Scales and shifts of normalised layers come last. Members of the team call it.
  using Done = std::function<void(std::int64_t offset, std::int64_t n, const float* gradient, const float* lane_sums)>;
  bool backward(std::int64_t lanes, std::int64_t n_samples, bool last_activation, const Tick& tick, const Done& done = {});

 private:
  static Block view(const kernels::Blocked& b, std::int64_t block, std::int64_t lanes, std::int64_t rows) {
    const std::int64_t rest = lanes - block * kernels::kBlockLanes;
    return {b.row(block, 0), rows, b.stride(block), rest < kernels::kBlockLanes ? rest : kernels::kBlockLanes};
  }
  kernels::Blocked allocate(std::int64_t rows, float last_row);
  void allocate_layers(const NetworkShape&, bool training);
  void allocate_batch(const NetworkShape&, bool training);
  bool is_hidden(std::size_t l) const { return l + 1 < layers_.size(); }
  // What layer l reads in a training.
  const kernels::Blocked& training_input(std::size_t l) const { return l > 0 && dropout_ > 0 ? dropped_[l - 1] : values_[l]; }
  // What a batch of a small network consists of, with all addresses: finding them would take as long as the arithmetic.
  struct PlanPart {
    std::size_t begin = 0, end = 0;  // of its tiles
    std::size_t activate = kNoLayer;                 // then this layer's activation, or its derivative
    std::int64_t piece_offset = 0, piece_size = 0;   // then the gradient of these weights is to be finished
  };
  static constexpr std::size_t kNoLayer = static_cast<std::size_t>(-1);
  struct Plan {
    std::int64_t lanes = 0;
    bool last_activation = false;
    std::vector<kernels::Tile> tiles;
    std::vector<PlanPart> forward, backward;
  };
  // Of this kind of batch, or null where the layers are not all small and plain.
  const Plan* plan_of(std::int64_t lanes, bool last_activation);
  void make_plan(Plan&, std::int64_t lanes, bool last_activation);
  void plan_forward(Plan&);
  void plan_backward(Plan&);
  bool run_forward(const Plan&, const Tick&);
  bool run_backward(const Plan&, const Tick&, const Done&);
  void finish_piece(std::int64_t offset, std::int64_t end, const Done&);
  kernels::Product forward_product(std::size_t l, std::int64_t block, std::int64_t lanes, bool training, bool with_activation,
                                   std::int64_t begin, std::int64_t end) const;
  kernels::Product input_gradient_product(std::size_t l, std::int64_t block, std::int64_t lanes, std::int64_t begin,
                                          std::int64_t end) const;
  bool completes_piece(std::size_t l, std::int64_t end) const;
  void forward_layer(std::size_t l, std::int64_t lanes, std::int64_t n_samples, bool with_activation);
  // Rows [begin, end) of the layer's units, in all blocks.
  void forward_rows(std::size_t l, std::int64_t lanes, bool training, bool with_activation, std::int64_t begin, std::int64_t end);
  void activate(std::size_t l, std::int64_t block, std::int64_t lanes, bool training, std::int64_t begin, std::int64_t end);
  void normalise(std::size_t l, std::int64_t lanes, std::int64_t n_samples);
  void normalise_back(std::size_t l, std::int64_t lanes, std::int64_t n_samples);
  void drop(std::size_t l, std::int64_t lanes);
  // end: of the piece of layers whose lane sums are reduced together.
  void weight_gradient(std::size_t l, std::int64_t lanes, std::int64_t end);
  float* lane_sums(std::int64_t offset, std::int64_t end);
  // Wide layers (dense_network_wide.cpp); rows: outputs, each with its weights.
  void allocate_wide();
  void wide_backward(std::size_t l, std::int64_t lanes, std::int64_t n_samples, const Done& done);
  float* gradient_piece(std::size_t l, std::int64_t first, int member, const Done& done);
  void finish_rows(std::size_t l, std::int64_t begin, std::int64_t end, float* gradient, const Done& done);
  void turn_inputs(std::size_t l, std::int64_t lanes);
  void turn_panel(std::size_t l, std::int64_t feature, std::int64_t block, std::int64_t lanes);
  float* turned_panel(std::int64_t feature, std::int64_t block, std::int64_t lanes);
  void gradient_rows(std::size_t l, std::int64_t begin, std::int64_t end, std::int64_t lanes, std::int64_t n_samples,
                     bool turn, float* gradient);
  bool is_few(std::size_t l, std::int64_t n_samples) const;
  kernels::FewSamples few_samples(std::size_t l, std::int64_t n);
  void few_forward(std::size_t l, std::int64_t lanes, std::int64_t n_samples, bool with_activation);
  void few_backward(std::size_t l, std::int64_t lanes, std::int64_t n_samples, const Done& done);
  void input_gradient(std::size_t l, std::int64_t lanes, std::int64_t n_samples);
  void input_gradient_rows(std::size_t l, std::int64_t lanes, std::int64_t begin, std::int64_t end);
  void finish_input_gradient(std::size_t l, std::int64_t block, std::int64_t lanes, std::int64_t begin, std::int64_t end);
  void activate_back(std::size_t l, std::int64_t block, std::int64_t lanes, std::int64_t begin, std::int64_t end);
  const float* backward_values(std::size_t l, std::int64_t block) const;

  std::int64_t capacity_;
  double dropout_;
  std::vector<DenseShape> layers_;
  AlignedFloats weights_, gradient_, lane_sums_;
  AlignedFloats moving_, folded_, inverse_deviations_;  // of normalised layers; the last (unit), of the last batch
  // Of wide layers: pieces of the gradient, one for each member of the team; inputs turned over; a few samples' numbers.
  std::vector<AlignedFloats> pieces_;
  std::int64_t piece_floats_ = 0, few_stride_ = 0;
  AlignedFloats turned_, bias_sums_, bias_gradient_, few_inputs_, few_outputs_;
  const Team* team_ = nullptr;
  kernels::Blocked ones_;
  std::vector<AlignedFloats> memory_;
  std::vector<kernels::Blocked> values_;  // of inputs and of each layer's outputs, each with a row of ones at the end
  std::vector<kernels::Blocked> deltas_;  // derivatives of the loss by each layer's outputs
  // Of each layer, where it needs them: what the activation got, normalised sums, 0 or 1 / (1 - dropout), outputs after that.
  std::vector<kernels::Blocked> sums_, normalised_, masks_, dropped_;
  std::vector<std::uint32_t> words_;
  Plan plans_[2];  // of an epoch's batches and of its last one
  std::size_t next_plan_ = 0;
  bool plans_batches_ = false;
  random::Stream dropout_stream_{0, 0};
  std::uint64_t dropout_task_ = 0, dropout_step_ = 0;
};

}  // namespace shoal::nn
