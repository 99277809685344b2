// SPDX-License-Identifier: Apache-2.0
// Wide layers: batches of a few samples, and updates piece by piece.

#include <algorithm>
#include <utility>

#include "count_allocations.hpp"
#include "each_simd_target.hpp"
#include "nn/dense_network.hpp"
#include "nn/training.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

struct Pass {
  std::vector<float> outputs, gradient;
};

// Forward and backward of some samples. n: how many the network is told of; more than there are have derivatives 0.
// capacity: of the network; the batch is the last small one if that is larger.
Pass pass(const NetworkShape& shape, std::int64_t samples, std::int64_t n, std::int64_t capacity) {
  constexpr std::int64_t lanes = 16;
  DenseNetwork network(shape, capacity, true);
  network.set_dropout_place(shoal::random::Stream(9, 0), 5, 3);
  const auto random = [](float* to, std::int64_t size, std::uint64_t sequence) {
    for (std::int64_t i = 0; i < size; ++i) {
      to[i] = shoal::random::uniform_f32(shoal::random::Stream(9, sequence), 0, static_cast<std::uint64_t>(i)) - 0.5f;
    }
  };
  random(network.weights(), network.padded_size(), 1);
  for (const DenseShape& layer : network.layers()) {
    std::fill_n(network.weights() + layer.offset + layer.n_weights(), layer.padded_size() - layer.n_weights(), 0.0f);
  }
  const Block x = network.input(0, lanes);
  for (std::int64_t r = 0; r < x.rows; ++r) {
    random(x.row(r), samples, 2 + static_cast<std::uint64_t>(r));
    std::fill(x.row(r) + samples, x.row(r) + lanes, x.row(r)[samples - 1]);
  }
  REQUIRE(network.forward(lanes, n, true, {}));
  // A row may be longer than the batch's lanes. Those without a sample have masks of their own.
  const std::int64_t seen = shape.dropout > 0 ? samples : lanes;
  Pass result;
  const Block y = network.output(0, lanes);
  for (std::int64_t r = 0; r < y.rows; ++r) result.outputs.insert(result.outputs.end(), y.row(r), y.row(r) + seen);
  const Block delta = network.output_delta(0, lanes);
  for (std::int64_t r = 0; r < delta.rows; ++r) {
    random(delta.row(r), samples, 1000 + static_cast<std::uint64_t>(r));
    std::fill(delta.row(r) + samples, delta.row(r) + lanes, 0.0f);
  }
  REQUIRE(network.backward(lanes, n, true, {}));
  result.gradient.assign(network.gradient(), network.gradient() + network.padded_size());
  return result;
}

}  // namespace

// From 2 samples on, few are those of layers of 8192 weights, from 4 on those of 131072: there, the two passes differ.
TEST_CASE("a few samples go through wide layers with the bits of a batch of 16 lanes", "[unit]") {
  const std::vector<std::vector<std::int64_t>> shapes = {{40, 130, 33, 21}, {3, 97, 97, 2}, {400, 330, 16, 40, 5}, {5, 400, 340, 8}};
  on_each_simd_target([&] {
    for (const char* activation : {"relu", "gelu", "linear"}) {
      for (const std::vector<std::int64_t>& widths : shapes) {
        for (const auto& [capacity, dropout] : {std::pair{16, 0.0}, {200, 0.0}, {200, 0.3}}) {
          NetworkShape shape;
          shape.widths = widths, shape.hidden = activation, shape.output = "linear", shape.dropout = dropout;
          for (const std::int64_t samples : {1, 2, 3, 4, 5, 7, 8}) {
            CAPTURE(activation, widths, capacity, dropout, samples);
            const Pass few = pass(shape, samples, samples, capacity), lanes = pass(shape, samples, 16, capacity);
            REQUIRE(bits_hash(few.outputs) == bits_hash(lanes.outputs));
            REQUIRE(bits_hash(few.gradient) == bits_hash(lanes.gradient));
          }
        }
      }
    }
  });
}

TEST_CASE("weights updated piece by piece get the bits of an update after the whole gradient", "[unit]") {
  const auto compare = [](std::int64_t batch, const char* optimizer, double weight_decay) {
    CAPTURE(batch, optimizer, weight_decay);
    NetworkParameters n;
    n.hidden = {530, 520, 35, 7}, n.batch = batch, n.epochs = 1;
    n.optimizer.name = optimizer, n.optimizer.weight_decay = weight_decay;
    const Dataset data = small_dataset(batch, 40, 2);
    Training pieces(n, data);
    pieces.start(1, 0);
    std::vector<double> history(pieces.columns().size());
    pieces.train(1, history, {}, {});
    // A limit that no number reaches: the gradient is made whole all the same.
    NetworkParameters clipped = n;
    clipped.clip_value = 1e30;
    Training reference(clipped, data);
    reference.start(1, 0);
    reference.train(1, history, {}, {});
    REQUIRE(bits_hash(pieces.pack(pieces.network().weights())) == bits_hash(reference.pack(reference.network().weights())));
  };
  for (const char* optimizer : {"adam", "sgd", "rmsprop"}) {
    for (const std::int64_t batch : {1, 4, 8, 9, 40, 150}) compare(batch, optimizer, 0);
  }
  on_each_simd_target([&] {
    for (const std::int64_t batch : {4, 40}) {
      for (const double weight_decay : {0.0, 0.01}) compare(batch, "adam", weight_decay);
    }
  });
}

TEST_CASE("nothing is allocated while epochs of wide layers run, with batches of any size", "[unit]") {
  for (const std::int64_t batch : {1, 7, 40, 150}) {
    const Dataset data = small_dataset(150, 40, 2);
    NetworkParameters n;
    n.hidden = {70, 530}, n.batch = batch, n.epochs = 3;
    Trainer trainer(n, data);
    trainer.start(1, 0);
    std::vector<double> history(3 * trainer.columns().size());
    trainer.train(1, history);
    const std::int64_t before = allocations();
    trainer.train(3, history);
    REQUIRE(allocations() == before);
  }
}
