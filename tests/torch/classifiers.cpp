// SPDX-License-Identifier: Apache-2.0
// Prints, as JSON, for digits and breast cancer: the data of one split and the test accuracies of 20 trainings. classifiers.py
// trains scikit-learn's MLPClassifier with the same settings on the same data.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <vector>

#include "shoal/nn/data_parameters.hpp"
#include "shoal/nn/trainer.hpp"

using namespace shoal::nn;

namespace {

constexpr int kSeeds = 20, kEpochs = 60, kBatch = 64;

void print_case(const char* file, const char* target, const char* loss, const char* end) {
  DataParameters data;
  data.source = "csv", data.csv.file = file, data.csv.target = target, data.csv.split = {0.7, 0, 0.3};
  const Dataset dataset = load_dataset(data, SHOAL_SOURCE_DIR "/inputs/data", 1);
  NetworkParameters n;
  n.hidden = {64, 64}, n.activation = "relu", n.loss = loss, n.batch = kBatch, n.epochs = kEpochs;
  n.optimizer = {.name = "adam", .learning_rate = 1e-3, .epsilon = 1e-8};
  n.l2 = 0.5 * 1e-4 / kBatch;  // alpha = 1e-4 of scikit-learn, which halves it and divides by the samples of a batch
  Trainer trainer(n, dataset);
  std::vector<double> history(static_cast<std::size_t>(kEpochs) * trainer.columns().size()), accuracy;
  for (int seed = 0; seed < kSeeds; ++seed) {
    trainer.start(static_cast<std::uint64_t>(seed), 0);
    trainer.train(kEpochs, history);
    accuracy.push_back(trainer.evaluate(dataset.test)[1]);
  }
  fmt::print("{{\"file\": \"{}\", \"hidden\": [64, 64], \"epochs\": {}, \"batch\": {}, \"learning_rate\": 1e-3, \"alpha\": 1e-4,\n",
             file, kEpochs, kBatch);
  fmt::print("\"inputs\": [{:.9g}],\n\"targets\": [{}],\n", fmt::join(dataset.train.inputs, ","), fmt::join(dataset.train.targets, ","));
  fmt::print("\"test_inputs\": [{:.9g}],\n\"test_targets\": [{}],\n", fmt::join(dataset.test.inputs, ","),
             fmt::join(dataset.test.targets, ","));
  fmt::print("\"accuracy\": [{}]}}{}\n", fmt::join(accuracy, ", "), end);
}

}  // namespace

int main() {
  std::printf("[");
  print_case("digits.csv", "digit", "sparse_categorical_crossentropy", ",");
  print_case("breast_cancer.csv", "diagnosis", "binary_crossentropy", "]");
}
