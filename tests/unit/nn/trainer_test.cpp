// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/trainer.hpp"

#include <chrono>
#include <cmath>

#include "count_allocations.hpp"
#include "each_simd_target.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

NetworkParameters parameters(const char* loss, const char* optimizer, const char* activation) {
  NetworkParameters n;
  n.loss = loss, n.optimizer.name = optimizer, n.activation = activation;
  n.optimizer.momentum = 0.5;
  n.optimizer.learning_rate = 0.01;
  n.hidden = {7, 34, 5}, n.batch = 25, n.epochs = 12;
  return n;
}

struct Run {
  std::vector<float> weights;
  std::vector<double> history;
};

Run run(const NetworkParameters& n, const Dataset& data, std::uint64_t seed = 1, std::uint64_t number = 0) {
  Trainer trainer(n, data);
  trainer.start(seed, number);
  Run result;
  result.history.resize(static_cast<std::size_t>(n.epochs) * trainer.columns().size());
  REQUIRE(trainer.train(n.epochs, result.history).state == State::trained);
  result.weights = trainer.weights();
  return result;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) { return bits_hash(a) == bits_hash(b); }

}  // namespace

TEST_CASE("training makes every loss smaller with every optimiser", "[unit]") {
  for (const LossCase& c : kLossCases) {
    const Dataset data = dataset_of(c, 120, 4);
    for (const char* optimizer : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "adagrad", "nadam"}) {
      CAPTURE(c.loss, optimizer);
      NetworkParameters n = parameters(c.loss, optimizer, "tanh");
      n.epochs = 60;
      if (optimizer == std::string("adagrad")) n.optimizer.learning_rate = 0.1;
      const Run result = run(n, data);
      const std::size_t columns = result.history.size() / 60;
      REQUIRE(columns == 4);
      REQUIRE(result.history[59 * columns] < 0.95 * result.history[0]);
    }
  }
}

TEST_CASE("a training gives the same bits on every SIMD target, with GCC and clang, debug and release", "[unit]") {
  // Digests of weights and history; a change here is a change of results_version of everything that trains.
  struct Golden {
    const char* loss;
    const char* optimizer;
    const char* activation;
    std::uint64_t weights, history;
  };
  const Golden golden[] = {
#include "golden_trainings.inc"
  };
  on_each_simd_target([&] {
    for (const Golden& g : golden) {
      for (const LossCase& c : kLossCases) {
        if (std::string(g.loss) != c.loss) continue;
        const Run result = run(parameters(g.loss, g.optimizer, g.activation), dataset_of(c, 120, 4));
        INFO("{\"" << g.loss << "\", \"" << g.optimizer << "\", \"" << g.activation << "\", 0x" << std::hex
                   << bits_hash(result.weights) << "u, 0x" << bits_hash(result.history) << "u},");
        CHECK((bits_hash(result.weights) == g.weights && bits_hash(result.history) == g.history));
      }
    }
  });
}

TEST_CASE("a training cut into segments gives the same bits as in one piece", "[unit]") {
  const Dataset data = small_dataset(90, 4, 3);
  for (const char* optimizer : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "adagrad", "nadam"}) {
    const NetworkParameters n = parameters("mse", optimizer, "relu");
    const Run whole = run(n, data, 5, 2);
    std::vector<double> history;
    std::vector<std::byte> blob;
    for (const std::int64_t end : {1, 4, 4, 12}) {
      Trainer trainer(n, data);
      blob.empty() ? trainer.start(5, 2) : trainer.restore(blob);
      const auto epochs = static_cast<std::size_t>(end - trainer.progress().epoch);
      std::vector<double> rows(epochs * trainer.columns().size());
      REQUIRE(trainer.train(end, rows).epoch == end);
      history.insert(history.end(), rows.begin(), rows.end());
      blob = trainer.save();
      if (end == 12) REQUIRE(bits_hash(trainer.weights()) == bits_hash(whole.weights));
    }
    REQUIRE(same_bits(history, whole.history));
  }
}

TEST_CASE("seed and run choose the training, the length of what is asked for does not", "[unit]") {
  const Dataset data = small_dataset(50, 4, 3);
  const NetworkParameters n = parameters("mse", "adam", "relu");
  REQUIRE(bits_hash(run(n, data, 1, 0).weights) == bits_hash(run(n, data, 1, 0).weights));
  REQUIRE(bits_hash(run(n, data, 1, 0).weights) != bits_hash(run(n, data, 2, 0).weights));
  REQUIRE(bits_hash(run(n, data, 1, 0).weights) != bits_hash(run(n, data, 1, 1).weights));
  NetworkParameters longer = n;
  longer.epochs = 24;
  Trainer trainer(longer, data);
  trainer.start(1, 0);
  std::vector<double> history(12 * trainer.columns().size());
  trainer.train(12, history);
  REQUIRE(bits_hash(trainer.weights()) == bits_hash(run(n, data, 1, 0).weights));
}

TEST_CASE("nothing is allocated while epochs run", "[unit]") {
  for (const LossCase& c : kLossCases) {
    const Dataset data = dataset_of(c, 120, 4);
    const NetworkParameters n = parameters(c.loss, "adam", "tanh");
    Trainer trainer(n, data);
    trainer.start(1, 0);
    std::vector<double> history(12 * trainer.columns().size());
    const std::function<bool()> stop = [] { return false; };
    trainer.train(1, history, stop);
    REQUIRE(allocations() > 0);
    const std::int64_t before = allocations();
    trainer.train(12, history, stop);
    REQUIRE(allocations() == before);
  }
}

TEST_CASE("a training whose numbers go bad ends as nan and names the first bad epoch", "[unit]") {
  const Dataset data = small_dataset(120, 4, 3);
  NetworkParameters n = parameters("mse", "sgd", "linear");
  n.optimizer.learning_rate = 1.0;
  n.epochs = 200;
  Trainer trainer(n, data);
  trainer.start(1, 0);
  std::vector<double> history(200 * 4);
  const Progress end = trainer.train(200, history);
  REQUIRE(end.state == State::nan);
  REQUIRE(end.first_bad_epoch >= 0);
  REQUIRE(end.first_bad_layer >= 0);
  REQUIRE(end.first_bad_layer <= 4);
  REQUIRE(end.epoch == end.first_bad_epoch);
  REQUIRE(end.epoch < 200);
  for (std::int64_t e = 0; e < end.epoch; ++e) REQUIRE(std::isfinite(history[static_cast<std::size_t>(e) * 4]));
  REQUIRE(std::isnan(history.back()));
  SECTION("and stays so in the next segment") {
    Trainer next(n, data);
    next.restore(trainer.save());
    const Progress after = next.train(200, history);
    REQUIRE(after.state == State::nan);
    REQUIRE(after.first_bad_epoch == end.first_bad_epoch);
  }
}

TEST_CASE("the stop function ends a training early, and is asked at least every 0.2 s", "[unit]") {
  const Dataset data = small_dataset(600, 64, 3);
  NetworkParameters n;
  n.hidden = {128, 128}, n.batch = 600, n.epochs = 1000000;
  Trainer trainer(n, data);
  trainer.start(1, 0);
  std::vector<double> history(4000000);
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  auto last = begin;
  double longest = 0;
  const Progress end = trainer.train(n.epochs, history, [&] {
    const auto now = Clock::now();
    longest = std::max(longest, std::chrono::duration<double>(now - last).count());
    last = now;
    return std::chrono::duration<double>(now - begin).count() > 0.3;
  });
  REQUIRE(end.state == State::interrupted);
  WARN("longest time between two looks: " << longest << " s");
}

TEST_CASE("subnormal numbers are zero inside a training and untouched outside", "[unit]") {
  Dataset data = small_dataset(20, 1, 1);
  for (float& x : data.train.inputs) x = 1e-20f;  // outputs about 1e-20, gradients of weights about 1e-40
  for (float& t : data.train.targets) t = 0;
  NetworkParameters n;
  n.hidden = {1}, n.activation = "linear";
  Trainer trainer(n, data);
  trainer.set_weights(std::vector<float>{1, 0, 1, 0});
  const auto gradient = trainer.gradient(20);
  REQUIRE(gradient[1] > 0);
  REQUIRE(gradient[0] == 0);
  volatile float tiny = 1e-30f;
  volatile float product = tiny * 1e-10f;
  REQUIRE(product != 0.0f);
}

TEST_CASE("parameters that do not fit the data are refused with every reason", "[unit]") {
  NetworkParameters n;
  n.loss = "sparse_categorical_crossentropy", n.output_activation = "linear";
  n.metrics = {"rmse"};
  const Dataset numbers = small_dataset(20, 2, 2);
  REQUIRE_THROWS_WITH(Trainer(n, numbers),
                      "loss sparse_categorical_crossentropy needs output_activation softmax, not linear\n"
                      "metric rmse does not fit loss sparse_categorical_crossentropy\n"
                      "loss sparse_categorical_crossentropy needs one target column of classes, the data have 2");
  NetworkParameters binary;
  binary.loss = "binary_crossentropy";
  REQUIRE_THROWS_WITH(Trainer(binary, small_dataset(40, 2, 1, 3)),
                      "loss binary_crossentropy needs targets that are whole numbers from 0 to 1, the data have 2");
  Dataset empty = small_dataset(20, 2, 1);
  empty.train.n_samples = 0;
  const NetworkParameters defaults;
  REQUIRE_THROWS_WITH(Trainer(defaults, empty), "the training part of the data is empty");
}

TEST_CASE("a saved state of another network is refused", "[unit]") {
  const Dataset data = small_dataset(20, 2, 1);
  NetworkParameters n, other;
  other.hidden = {8, 5, 5};
  Trainer a(n, data), b(other, data);
  a.start(1, 0);
  REQUIRE_THROWS_AS(b.restore(a.save()), std::invalid_argument);
  auto blob = a.save();
  blob.pop_back();
  REQUIRE_THROWS_AS(a.restore(blob), std::invalid_argument);
}

TEST_CASE("validation comes as often as asked, and after the last epoch", "[unit]") {
  const Dataset data = small_dataset(40, 2, 1);
  NetworkParameters n;
  n.hidden = {3}, n.epochs = 5;
  for (const std::int64_t every : {0, 2}) {
    n.validate_every = every;
    Trainer trainer(n, data);
    trainer.start(1, 0);
    std::vector<double> history(20);
    trainer.train(5, history);
    for (std::size_t e = 0; e < 5; ++e) {
      REQUIRE(std::isfinite(history[e * 4 + 2]) == (e == 4 || (every == 2 && e % 2 == 1)));
    }
    const auto final_metrics = trainer.evaluate(data.validation);
    REQUIRE(final_metrics[0] == history[18]);
    REQUIRE(final_metrics[1] == history[19]);
  }
}
