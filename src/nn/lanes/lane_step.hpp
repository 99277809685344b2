// SPDX-License-Identifier: Apache-2.0
// Layers of 16 networks of one shape, a network in each lane, on a few samples at a time.
//
// All arrays have the network last: weights (output, input + 1, network), what a layer gets and gives (unit, sample,
// network) with a stride from unit to unit. A network sees its own samples, so that nothing is shared between lanes. Each
// number is computed by the operations of DenseNetwork in their order, hence with its bits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nn/activation.hpp"

namespace shoal::nn::lanes {

inline constexpr std::int64_t kNetworks = 16;
inline constexpr std::int64_t kMostSamples = 32;              // of a step
inline constexpr std::int64_t kChunkSamples = 8;

// DenseNetwork sums a weight's gradient in 16 logical lanes by the number of the sample in its batch, then adds halves of the
// lanes. The leaves of that tree, so that each sum of neighbours (pairs, pairs of pairs, ...) is one of its nodes.
inline constexpr std::int64_t kLogicalLanes = 16;
inline constexpr std::array<int, 16> kTreeOrder = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};

struct Layer {
  std::int64_t n_inputs = 0, n_outputs = 0;
  std::int64_t offset = 0;          // of its weights, in floats, in all arrays of the shape of the weights
  float* input = nullptr;           // (input + 1, sample, network): a unit of ones last
  float* output = nullptr;          // (output, sample, network), the input of the next layer
  float* sums = nullptr;            // what the activation got, if its derivative needs that; else null
  float* delta = nullptr;           // derivative of the loss by `output`, same shape
  const Activation* activation = nullptr;  // null: none, or one that the loss contains
  bool relu = false;                // done by the products on the way
  float constant = 0;               // of the activation

  std::int64_t row() const { return n_inputs + 1; }
};

// At most 8 samples of one logical lane within a step: those at [first, first + count), in the order of their numbers. Nodes
// of the tree that are made and used within a step never leave the first cache.
struct Chunk {
  int first = 0, count = 0;
  bool begins = true, ends = true;  // the sums of the lane
  int level = 0;                    // of the node that the lane's end completes: 0 .. 4
  int near_levels = 0;              // the other halves of nodes below this level were made in this step
  bool stays = false;               // the node is used in this step
};

// Where sums of weights' gradients wait for their neighbours: levels[k] is a node of 2^k lanes; levels[4] the gradient.
struct Sums {
  std::array<float*, 5> levels = {};
  float* running = nullptr;         // of a lane with more samples than one step takes
};

struct Step {
  const std::vector<Layer>* layers = nullptr;
  const float* weights = nullptr;
  std::int64_t n_samples = 0;
  std::int64_t unit = 0;            // floats from unit to unit
};

// Outputs of all layers.
void forward(const Step&);

// Adds the chunks, in this order, to the sums of all weights, from the deltas of the last layer's sums.
void backward(const Step&, const Chunk* chunks, int n_chunks, const Sums&);

// out[s * 16 + m] = rows[m * stride + s] for s in [0, stride), a multiple of 4.
void interleave(const std::uint32_t* rows, std::int64_t stride, std::uint32_t* out);

}  // namespace shoal::nn::lanes
