// SPDX-License-Identifier: Apache-2.0
// Schedules, clipping, decay, dropout, normalisation and early stopping, against closed forms.
#include <cmath>

#include "count_allocations.hpp"
#include "each_simd_target.hpp"
#include "nn/penalties.hpp"
#include "nn/schedule.hpp"
#include "shoal/nn/trainer.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

NetworkParameters everything() {
  NetworkParameters n;
  n.hidden = {7, 34, 5}, n.batch = 25, n.epochs = 9, n.activation = "silu";
  n.optimizer = {.name = "adamw", .learning_rate = 0.01, .weight_decay = 0.01};
  n.dropout = 0.2, n.batch_normalisation = true, n.l1 = 1e-4, n.l2 = 1e-3, n.clip_norm = 1;
  n.schedule = {.name = "cosine", .warmup = 2};
  n.early_stopping.patience = 3;
  n.metrics = {"rmse", "mae", "r2"};
  return n;
}

struct Trained {
  std::vector<float> weights;
  std::vector<double> history;
};

Trained train(const NetworkParameters& n, const Dataset& data, const std::vector<std::int64_t>& ends) {
  Trained result;
  std::vector<std::byte> blob;
  std::int64_t begin = 0;
  for (const std::int64_t end : ends) {
    Trainer trainer(n, data);
    blob.empty() ? trainer.start(4, 2) : trainer.restore(blob);
    std::vector<double> rows(static_cast<std::size_t>(end - begin) * trainer.columns().size());
    trainer.train(end, rows);
    result.history.insert(result.history.end(), rows.begin(), rows.end());
    result.weights = trainer.weights();
    blob = trainer.save();
    begin = end;
  }
  return result;
}

}  // namespace

TEST_CASE("learning rates follow their schedules", "[unit]") {
  const auto factor = [](const ScheduleParameters& p, std::int64_t epoch, std::int64_t step = 0) {
    return rate_factor(p, epoch, step, 4, 100);
  };
  CHECK(factor({.name = "constant"}, 50) == 1);
  CHECK(factor({.name = "step", .every = 30, .factor = 0.1}, 29, 3) == 1);
  CHECK(factor({.name = "step", .every = 30, .factor = 0.1}, 60) == Approx(0.01));
  CHECK(factor({.name = "exponential", .decay = 0.9}, 10) == Approx(std::pow(0.9, 10)));
  CHECK(factor({.name = "exponential", .decay = 0.9}, 10, 2) == Approx(std::pow(0.9, 10.5)));
  CHECK(factor({.name = "cosine"}, 50) == Approx(0.5));
  CHECK(factor({.name = "cosine", .final = 0.2}, 25) == Approx(0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2));
  const ScheduleParameters warm{.name = "cosine", .warmup = 10};
  CHECK(factor(warm, 0) == Approx(0.25 / 10));
  CHECK(factor(warm, 9, 3) == Approx(1));
  CHECK(factor(warm, 55) == Approx(0.5));
}

TEST_CASE("gradients are cut by value or by norm, and weights shrink", "[unit]") {
  std::vector<float> g = {3, -4, 0.5F, 12};
  auto cut = g;
  clip_values(cut.data(), 4, 1);
  CHECK(cut == std::vector<float>{1, -1, 0.5F, 1});
  cut = {3, -4, 0, 12};
  clip_norm(cut.data(), 4, 6.5);
  CHECK(cut == std::vector<float>{1.5F, -2, 0, 6});
  clip_norm(cut.data(), 4, 100);
  CHECK(cut == std::vector<float>{1.5F, -2, 0, 6});
  shrink_weights(cut.data(), 4, 0.5);
  CHECK(cut == std::vector<float>{0.75F, -1, 0, 3});
}

TEST_CASE("a training with everything at once is the same on every SIMD target and in any segments", "[unit]") {
  const Dataset data = small_dataset(130, 4, 3);
  const Trained whole = train(everything(), data, {9});
  REQUIRE(bits_hash(whole.weights) != 0);
  on_each_simd_target([&] {
    const Trained pieces = train(everything(), data, {1, 2, 6, 9});
    CHECK(bits_hash(pieces.weights) == bits_hash(whole.weights));
    CHECK(bits_hash(pieces.history) == bits_hash(whole.history));
  });
}

TEST_CASE("nothing is allocated while epochs run with everything at once", "[unit]") {
  NetworkParameters n = everything();
  n.early_stopping.patience = 100;
  const Dataset numbers = small_dataset(130, 4, 3), classes = small_dataset(130, 4, 1, 4);
  for (const bool with_classes : {false, true}) {
    if (with_classes) n.loss = "sparse_categorical_crossentropy", n.metrics = {"accuracy", "auc", "f1", "top_2"};
    Trainer trainer(n, with_classes ? classes : numbers);
    trainer.start(1, 0);
    std::vector<double> history(9 * trainer.columns().size());
    trainer.train(1, history);
    const std::int64_t before = allocations();
    trainer.train(9, history);
    REQUIRE(allocations() == before);
  }
}

TEST_CASE("dropout leaves out its share, another one in each step, and nothing in use", "[unit]") {
  // One linear unit a path: the output is the sum of `width` paths of 1, each kept with 1 - p and then worth 1 / (1 - p).
  constexpr std::int64_t width = 200;
  Dataset data = small_dataset(64, 1, 1);
  for (float& x : data.train.inputs) x = 1;
  for (float& t : data.train.targets) t = 0;
  NetworkParameters n;
  n.hidden = {width}, n.activation = "linear", n.dropout = 0.3, n.batch = 64;
  Trainer trainer(n, data);
  std::vector<float> weights(width * 2 + width + 1, 0.0F);
  for (std::size_t i = 0; i < width; ++i) weights[2 * i] = 1, weights[2 * width + i] = 1.0F / width;
  trainer.start(1, 0);
  trainer.set_weights(weights);
  REQUIRE(trainer.evaluate(data.train)[0] == Approx(1).epsilon(1e-5));
  const auto gradient = trainer.gradient(64);
  // Derivative by a weight of the last layer: mean over samples of 2 (sum of paths) (path); its sum over the weights is
  // 2 width E[sum^2] = 2 width (1 + p / ((1 - p) width)).
  double sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += static_cast<double>(gradient[2 * width + i]);
  const double expected = 2.0 * width * (1 + 0.3 / (0.7 * width));
  CHECK(sum == Approx(expected).epsilon(0.03));
  Trainer other(n, data);
  other.start(2, 0);
  other.set_weights(weights);
  CHECK(bits_hash(other.gradient(64)) != bits_hash(gradient));
}

TEST_CASE("a normalised network predicts with its moving means, which its weights take in", "[unit]") {
  const Dataset data = small_dataset(200, 4, 2);
  NetworkParameters n;
  n.hidden = {8, 6}, n.activation = "tanh", n.batch_normalisation = true, n.epochs = 60, n.batch = 50;
  Trainer trainer(n, data);
  trainer.start(1, 0);
  std::vector<double> history(60 * trainer.columns().size());
  trainer.train(60, history);
  const auto outputs = predict(trainer.model(), data.validation.inputs);
  double squares = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) squares += std::pow(outputs[i] - data.validation.targets[i], 2);
  CHECK(trainer.evaluate(data.validation)[0] == Approx(squares / static_cast<double>(outputs.size())).epsilon(1e-5));
  CHECK(history[59 * 4] < history[0]);
}

TEST_CASE("early stopping waits as long as it is told, and brings back the best weights", "[unit]") {
  const Dataset data = small_dataset(40, 4, 1);
  NetworkParameters n;
  n.hidden = {32, 32}, n.activation = "tanh", n.epochs = 3000, n.batch = 10, n.optimizer.learning_rate = 0.01;
  n.early_stopping = {.patience = 12};
  Trainer trainer(n, data);
  trainer.start(1, 0);
  const std::size_t width = trainer.columns().size();
  std::vector<double> history(3000 * width);
  const Progress end = trainer.train(3000, history);
  REQUIRE(end.state == State::trained);
  REQUIRE(end.stopped);
  REQUIRE(end.epoch < 3000);
  REQUIRE(end.best_epoch == end.epoch - 1 - 12);
  const auto best = static_cast<std::size_t>(end.best_epoch);
  for (std::size_t e = 0; e < static_cast<std::size_t>(end.epoch); ++e) REQUIRE(history[e * width + 2] >= history[best * width + 2]);
  CHECK(trainer.evaluate(data.validation)[0] == history[best * width + 2]);
  CHECK(trainer.best_row()[2] == history[best * width + 2]);
  CHECK(std::isnan(history[static_cast<std::size_t>(end.epoch) * width]));
  SECTION("and no more epochs come") {
    Trainer again(n, data);
    again.restore(trainer.save());
    std::vector<double> more(width * 3000);
    CHECK(again.train(3000, more).epoch == end.epoch);
    CHECK(again.weights() == trainer.weights());
  }
  SECTION("or keeps the last ones") {
    n.early_stopping.restore_best = false;
    Trainer last(n, data);
    last.start(1, 0);
    CHECK(last.train(3000, history).epoch == end.epoch);
    CHECK(last.evaluate(data.validation)[0] == history[static_cast<std::size_t>(end.epoch - 1) * width + 2]);
  }
  n.early_stopping.metric = "validation_acuracy";
  CHECK_THROWS_WITH(Trainer(n, data), "early_stopping.metric `validation_acuracy` is not computed; there are: loss, rmse, "
                                      "validation_loss, validation_rmse");
}

TEST_CASE("the layer in which numbers go bad is named", "[unit]") {
  const Dataset data = small_dataset(40, 4, 1);
  NetworkParameters n;
  n.hidden = {3, 3}, n.activation = "linear", n.batch = 40;
  for (const std::size_t layer : {0U, 1U, 2U}) {
    Trainer trainer(n, data);
    trainer.start(1, 0);
    auto weights = trainer.weights();
    weights[layer == 0 ? 0 : layer == 1 ? 15 : 27] = 1e38F;
    weights[layer == 0 ? 1 : layer == 1 ? 16 : 28] = 1e38F;
    for (std::size_t i = 0; i < 3; ++i) weights[layer == 0 ? 4 : layer == 1 ? 18 : 30] = 3e38F;
    trainer.set_weights(weights);
    std::vector<double> history(100 * 4);
    const Progress end = trainer.train(100, history);
    REQUIRE(end.state == State::nan);
    CHECK(end.first_bad_epoch == 0);
    CHECK(end.first_bad_layer >= static_cast<std::int64_t>(layer));
  }
  Dataset huge = data;
  for (float& t : huge.train.targets) t = 1e30F;
  Trainer trainer(n, huge);
  trainer.start(1, 0);
  std::vector<double> history(100 * 4);
  CHECK(trainer.train(100, history).first_bad_layer == 3);  // the loss alone
}

TEST_CASE("balanced class weights give every class the same total", "[unit]") {
  const Dataset data = small_dataset(90, 3, 1, 2);
  double ones = 0;
  for (const float t : data.train.targets) ones += static_cast<double>(t);
  NetworkParameters balanced, listed;
  balanced.loss = listed.loss = "binary_crossentropy";
  balanced.balanced_classes = true;
  listed.class_weights = {90 / (2 * (90 - ones)), 90 / (2 * ones)};
  Trainer a(balanced, data), b(listed, data);
  a.start(1, 0), b.start(1, 0);
  CHECK(a.gradient(32) == b.gradient(32));
}
