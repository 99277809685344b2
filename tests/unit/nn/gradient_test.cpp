// SPDX-License-Identifier: Apache-2.0
// Gradients against finite differences of an independent network in double precision, written for reading.
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "shoal/nn/trainer.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

double activate(const std::string& name, double x) {
  if (name == "relu") return std::max(0.0, x);
  if (name == "tanh") return std::tanh(x);
  if (name == "sigmoid") return 1 / (1 + std::exp(-x));
  return x;
}

std::vector<double> outputs_of(const std::vector<double>& weights, const std::vector<std::int64_t>& widths,
                               const NetworkParameters& n, const float* inputs) {
  std::vector<double> x(inputs, inputs + widths[0]);
  std::size_t at = 0;
  for (std::size_t l = 1; l < widths.size(); ++l) {
    std::vector<double> y;
    for (std::int64_t o = 0; o < widths[l]; ++o) {
      double sum = 0;
      for (const double value : x) sum += weights[at++] * value;
      sum += weights[at++];
      y.push_back(l + 1 < widths.size() ? activate(n.activation, sum)
                                        : activate(resolved_output_activation(n), sum));
    }
    x = y;
  }
  if (resolved_output_activation(n) == "softmax") {
    double total = 0;
    for (double& value : x) total += value = std::exp(value);
    for (double& value : x) value /= total;
  }
  return x;
}

double loss_of(const std::vector<double>& weights, const std::vector<std::int64_t>& widths, const NetworkParameters& n,
               const Dataset& data, std::int64_t samples) {
  double sum = 0;
  for (std::int64_t s = 0; s < samples; ++s) {
    const auto y = outputs_of(weights, widths, n, &data.train.inputs[static_cast<std::size_t>(s * data.n_inputs())]);
    const float* t = &data.train.targets[static_cast<std::size_t>(s * data.n_targets())];
    if (n.loss == "mse") {
      for (std::size_t o = 0; o < y.size(); ++o) sum += (y[o] - t[o]) * (y[o] - t[o]) / static_cast<double>(y.size());
    } else if (n.loss == "binary_crossentropy") {
      sum -= t[0] * std::log(y[0]) + (1 - t[0]) * std::log(1 - y[0]);
    } else {
      sum -= std::log(y[static_cast<std::size_t>(t[0])]);
    }
  }
  return sum / static_cast<double>(samples);
}

void check_gradient(const NetworkParameters& n, const Dataset& data, std::int64_t samples) {
  CAPTURE(n.loss, n.activation, n.output_activation, n.hidden, samples);
  Trainer trainer(n, data);
  trainer.start(3, 1);
  auto floats = trainer.weights();
  for (std::size_t i = 0; i < floats.size(); ++i) floats[i] += 0.01f * static_cast<float>(i % 7);  // biases are not 0
  trainer.set_weights(floats);
  const auto gradient = trainer.gradient(samples);
  std::vector<double> weights(floats.begin(), floats.end());
  const auto widths = layer_widths(n, data);
  double error = 0, size = 0;
  for (std::size_t i = 0; i < weights.size(); i += 1 + weights.size() / 300) {
    constexpr double h = 1e-6;
    const double before = weights[i];
    weights[i] = before + h;
    const double above = loss_of(weights, widths, n, data, samples);
    weights[i] = before - h;
    const double below = loss_of(weights, widths, n, data, samples);
    weights[i] = before;
    const double exact = (above - below) / (2 * h);
    error = std::max(error, std::fabs(exact - static_cast<double>(gradient[i])));
    size = std::max(size, std::fabs(exact));
  }
  REQUIRE(size > 1e-3);
  REQUIRE(error < 2e-6 * std::max(1.0, size) + 1e-5 * size);
}

}  // namespace

TEST_CASE("gradients are the finite differences of the loss, for every loss and activation", "[unit]") {
  for (const LossCase& c : kLossCases) {
    const Dataset data = small_dataset(70, 4, c.n_targets, c.n_classes);
    for (const char* activation : {"relu", "tanh", "sigmoid", "linear"}) {
      NetworkParameters n;
      n.loss = c.loss, n.activation = activation, n.hidden = {5, 8, 3}, n.batch = 70;
      check_gradient(n, data, 70);
      check_gradient(n, data, 1);
      check_gradient(n, data, 37);
    }
  }
}

TEST_CASE("gradients are right for wide layers and for blocks of samples that are not full", "[unit]") {
  const Dataset data = small_dataset(150, 30, 2);
  NetworkParameters n;
  n.activation = "tanh", n.hidden = {40, 23, 25}, n.batch = 150;
  for (const std::int64_t samples : {1, 64, 65, 100, 150}) check_gradient(n, data, samples);
}

TEST_CASE("gradients pass through every activation of the last layer under the mean squared error", "[unit]") {
  const Dataset data = small_dataset(33, 3, 3);
  for (const char* output : {"linear", "sigmoid", "softmax", "tanh"}) {
    NetworkParameters n;
    n.hidden = {6}, n.activation = "tanh", n.output_activation = output, n.batch = 33;
    check_gradient(n, data, 33);
  }
}
