// SPDX-License-Identifier: Apache-2.0
// Trainings by several threads.
#include "shoal/nn/trainer.hpp"

#include <cfenv>
#include <thread>

#include "catch.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

struct Result {
  std::vector<float> weights;
  std::vector<double> history;
  int shared = 0;  // pieces of work that the team shared
};

Result train(const NetworkParameters& n, const Dataset& data, int size, float weight_factor = 1) {
  Trainer trainer(n, data);
  trainer.start(3, 1);
  std::vector<float> weights = trainer.weights();
  for (float& w : weights) w *= weight_factor;
  trainer.set_weights(weights);
  Result result;
  result.history.resize(static_cast<std::size_t>(n.epochs) * trainer.columns().size());
  Team team;
  team.size = size;
  team.run = [&](const std::function<void(int)>& body) {
    ++result.shared;
    std::vector<std::thread> others;
    for (int member = 1; member < size; ++member) {
      others.emplace_back([&body, member] {
        std::fesetenv(FE_DFL_ENV);  // as in threads that were there before: new ones inherit how subnormals are treated
        body(member);
      });
    }
    body(0);
    for (std::thread& thread : others) thread.join();
  };
  trainer.train(n.epochs, result.history, {}, team);
  result.weights = trainer.weights();
  return result;
}

void require_same_bits(const NetworkParameters& n, const Dataset& data) {
  const Result alone = train(n, data, 1);
  REQUIRE(alone.shared == 0);
  for (const int size : {2, 3, 7}) {
    CAPTURE(size);
    const Result together = train(n, data, size);
    REQUIRE(together.shared > 0);
    REQUIRE(bits_hash(together.weights) == bits_hash(alone.weights));
    REQUIRE(bits_hash(together.history) == bits_hash(alone.history));
  }
}

}  // namespace

TEST_CASE("a team of any size trains the same bits, with batches of several blocks and layers of all widths", "[unit]") {
  NetworkParameters n;
  n.hidden = {150, 97, 9}, n.batch = 200, n.epochs = 2;
  require_same_bits(n, small_dataset(450, 70, 3));
  n.activation = "gelu", n.optimizer.name = "sgd", n.optimizer.momentum = 0.9, n.clip_norm = 0.5, n.l2 = 1e-3;
  require_same_bits(n, small_dataset(450, 33, 2));
}

TEST_CASE("a team trains the same bits in layers whose weights one thread takes in parts", "[unit]") {
  NetworkParameters n;
  n.hidden = {530, 520}, n.batch = 150, n.epochs = 1, n.activation = "tanh";
  require_same_bits(n, small_dataset(150, 40, 2));
}

// Layers, and weights of others, that are too few to be shared: what is shared is what the case is about.
TEST_CASE("a team gathers the batches of a small network with the same bits", "[unit]") {
  NetworkParameters n;
  n.hidden = {8}, n.batch = 200, n.epochs = 2;
  require_same_bits(n, small_dataset(450, 100, 3));
}

TEST_CASE("a team updates many weights of a narrow layer with the same bits", "[unit]") {
  for (const char* optimizer : {"adam", "sgd", "rmsprop"}) {
    CAPTURE(optimizer);
    NetworkParameters n;
    n.hidden = {600, 9}, n.batch = 32, n.epochs = 2, n.optimizer.name = optimizer, n.optimizer.weight_decay = 0.01;
    require_same_bits(n, small_dataset(70, 20, 2));
  }
}

TEST_CASE("a team trains the same bits if the last batch has a few samples", "[unit]") {
  NetworkParameters n;
  n.hidden = {400, 400}, n.batch = 203, n.epochs = 2;
  require_same_bits(n, small_dataset(410, 20, 3));
  n.dropout = 0.3, n.activation = "tanh";
  require_same_bits(n, small_dataset(410, 40, 3));
}

TEST_CASE("a team trains the same bits with dropout, normalisation and classes", "[unit]") {
  NetworkParameters n;
  n.loss = "sparse_categorical_crossentropy", n.optimizer.name = "rmsprop", n.activation = "tanh";
  n.hidden = {140, 130}, n.batch = 128, n.epochs = 2, n.dropout = 0.2, n.batch_normalisation = true;
  require_same_bits(n, small_dataset(300, 64, 1, 5));
}

TEST_CASE("subnormal numbers are zero on all threads of a team", "[unit]") {
  NetworkParameters n;
  n.loss = "mae", n.activation = "linear", n.hidden = {160, 160}, n.batch = 128, n.epochs = 1, n.optimizer.learning_rate = 1e-9;
  Dataset data = small_dataset(128, 40, 2);
  for (float& x : data.train.inputs) x *= 1e-39f;
  for (float& t : data.train.targets) t = 0;
  // Weights that would make normal numbers of them.
  for (const int size : {1, 2, 3}) REQUIRE(train(n, data, size, 1e3f).history[0] == 0);
}
