// SPDX-License-Identifier: Apache-2.0
// The C++ interface as its users write it: data, network, fit, evaluate, predict.
#include <vector>

#include "catch.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "shoal/nn/trainer.hpp"

TEST_CASE("a classifier of handwritten digits in a dozen lines", "[unit]") {
  namespace nn = shoal::nn;

  nn::DataParameters source;
  source.source = "csv", source.csv.file = "digits.csv", source.csv.target = "digit", source.csv.split = {0.6, 0.2, 0.2};
  const nn::Dataset digits = nn::load_dataset(source, SHOAL_SOURCE_DIR "/inputs/data", /* seed = */ 1);

  nn::NetworkParameters network;
  network.hidden = {64, 64};
  network.activation = "relu";
  network.loss = "sparse_categorical_crossentropy";
  network.optimizer = {.name = "adam", .learning_rate = 3e-3};
  network.epochs = 30;
  network.early_stopping = {.patience = 5};
  network.metrics = {"accuracy", "top_2"};

  nn::Trainer trainer(network, digits);
  trainer.start(/* seed = */ 1, /* run = */ 0);
  std::vector<double> history(static_cast<std::size_t>(network.epochs) * trainer.columns().size());
  const nn::Progress end = trainer.train(network.epochs, history);  // (epoch, column): "loss", "accuracy", "top_2", "validation_loss", ...

  const std::vector<double> judged = trainer.evaluate(digits.test);  // "loss", "accuracy", "top_2"
  const nn::Model model = trainer.model();                           // plain weights, with all that prediction needs
  const std::vector<float> raw(64, 8.0F);                            // one image, all grey, as it stands in a file
  const std::vector<std::int64_t> classes = nn::predicted_classes(model, nn::predict(model, raw));

  CHECK(end.state == nn::State::trained);
  CHECK(judged[1] > 0.95);
  CHECK(judged[2] >= judged[1]);
  CHECK(classes.size() == 1);
}
