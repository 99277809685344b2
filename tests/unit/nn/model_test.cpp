// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/model.hpp"

#include <cmath>

#include "each_simd_target.hpp"
#include "shoal/error.hpp"
#include "shoal/nn/trainer.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

TEST_CASE("a model predicts what its trainer measured", "[unit]") {
  const Dataset data = small_dataset(200, 4, 3);
  NetworkParameters n;
  n.epochs = 5;
  Trainer trainer(n, data);
  trainer.start(1, 0);
  std::vector<double> history(20);
  trainer.train(5, history);
  const auto outputs = predict(trainer.model(), data.validation.inputs);
  REQUIRE(outputs.size() == 300);
  double squares = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) squares += std::pow(outputs[i] - data.validation.targets[i], 2);
  REQUIRE(trainer.evaluate(data.validation)[1] == Approx(std::sqrt(squares / 300)).epsilon(1e-5));
}

TEST_CASE("predictions do not depend on how many rows come at once, nor on the SIMD target", "[unit]") {
  const Dataset data = small_dataset(150, 4, 1, 4);
  NetworkParameters n;
  n.loss = "sparse_categorical_crossentropy", n.activation = "tanh", n.epochs = 2;
  Trainer trainer(n, data);
  trainer.start(1, 0);
  std::vector<double> history(8);
  trainer.train(2, history);
  const Model model = trainer.model();
  const auto together = predict(model, data.train.inputs);
  on_each_simd_target([&] {
    for (std::size_t s = 0; s < 150; s += 7) {
      const auto alone = predict(model, std::span(data.train.inputs).subspan(s * 4, 4));
      REQUIRE(bits_hash(alone) == bits_hash(std::vector<float>(together.begin() + static_cast<std::ptrdiff_t>(s * 4),
                                                               together.begin() + static_cast<std::ptrdiff_t>(s * 4 + 4))));
      float sum = 0;
      for (const float p : alone) sum += p;
      REQUIRE(sum == Approx(1));
    }
  });
  double right = 0;
  const auto classes = predicted_classes(model, together);
  for (std::size_t s = 0; s < 150; ++s) right += static_cast<double>(classes[s]) == static_cast<double>(data.train.targets[s]);
  REQUIRE(trainer.evaluate(data.train)[1] == Approx(right / 150));
}

TEST_CASE("raw inputs are standardised as in training", "[unit]") {
  Model model;
  model.layers = {{2, 1, {1, 10}, {0.5f}, "linear"}};
  model.standardisation = {{1, 2}, {0.5f, 4}};
  REQUIRE(predict(model, std::vector<float>{3, 2.5f}) == std::vector<float>{0.5f + 1 + 20});
}

TEST_CASE("one output is the second class where it is over one half", "[unit]") {
  Model model;
  model.layers = {{1, 1, {1}, {0}, "sigmoid"}};
  REQUIRE(predicted_classes(model, predict(model, std::vector<float>{-1, 0, 1})) == std::vector<std::int64_t>{0, 0, 1});
}

TEST_CASE("inconsistent models and inputs are refused", "[unit]") {
  Model model;
  REQUIRE_THROWS_AS(predict(model, std::vector<float>{1}), shoal::InputError);
  model.layers = {{2, 1, {1, 1}, {0}, "linear"}, {2, 1, {1, 1}, {0}, "linear"}};
  REQUIRE_THROWS_WITH(predict(model, std::vector<float>{1, 1}),
                      "the stored network is inconsistent: the shapes of its layers do not fit");
  model.layers.pop_back();
  REQUIRE_THROWS_WITH(predict(model, std::vector<float>{1, 1, 1}), "3 numbers are no whole rows of 2 inputs");
}
