// SPDX-License-Identifier: Apache-2.0
// Gradients against finite differences of an independent network in double precision, written for reading.
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "shoal/nn/trainer.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

double activate(const std::string& name, double x, const ActivationParameters& p = {}) {
  if (name == "relu") return std::max(0.0, x);
  if (name == "leaky_relu") return x > 0 ? x : p.negative_slope * x;
  if (name == "elu") return x > 0 ? x : p.alpha * std::expm1(x);
  if (name == "gelu") return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
  if (name == "silu") return x / (1 + std::exp(-x));
  if (name == "softplus") return std::log1p(std::exp(x));
  if (name == "tanh") return std::tanh(x);
  if (name == "sigmoid") return 1 / (1 + std::exp(-x));
  return x;
}

using Rows = std::vector<std::vector<double>>;  // (sample, unit)

// (x - mean) / sqrt(variance + 1e-3) * scale + shift over the samples.
void normalise(Rows& rows, const double* scale, const double* shift) {
  const auto n = static_cast<double>(rows.size());
  for (std::size_t o = 0; o < rows.front().size(); ++o) {
    double mean = 0, variance = 0;
    for (const auto& row : rows) mean += row[o] / n;
    for (const auto& row : rows) variance += (row[o] - mean) * (row[o] - mean) / n;
    for (auto& row : rows) row[o] = (row[o] - mean) / std::sqrt(variance + 1e-3) * scale[o] + shift[o];
  }
}

Rows outputs_of(const std::vector<double>& weights, const std::vector<std::int64_t>& widths, const NetworkParameters& n,
                const Dataset& data, std::int64_t samples) {
  Rows rows;
  for (std::int64_t s = 0; s < samples; ++s) {
    const float* inputs = &data.train.inputs[static_cast<std::size_t>(s * data.n_inputs())];
    rows.emplace_back(inputs, inputs + data.n_inputs());
  }
  std::size_t normal = weights.size();
  if (n.batch_normalisation) for (std::size_t l = 1; l + 1 < widths.size(); ++l) normal -= 2 * static_cast<std::size_t>(widths[l]);
  std::size_t at = 0;
  for (std::size_t l = 1; l < widths.size(); ++l) {
    const bool last = l + 1 == widths.size();
    const auto width = static_cast<std::size_t>(widths[l]), step = rows.front().size() + 1;
    for (auto& x : rows) {
      std::vector<double> y;
      for (std::size_t o = 0; o < width; ++o) {
        double sum = weights[at + o * step + step - 1];
        for (std::size_t i = 0; i + 1 < step; ++i) sum += weights[at + o * step + i] * x[i];
        y.push_back(sum);
      }
      x = y;
    }
    at += width * step;
    if (n.batch_normalisation && !last) {
      normalise(rows, &weights[normal], &weights[normal + width]);
      normal += 2 * width;
    }
    for (auto& y : rows) {
      for (double& value : y)
        value = last ? activate(resolved_output_activation(n), value) : activate(n.activation, value, n.activation_constants);
    }
  }
  for (auto& y : rows) {
    if (resolved_output_activation(n) != "softmax") break;
    double total = 0;
    for (double& value : y) total += value = std::exp(value);
    for (double& value : y) value /= total;
  }
  return rows;
}

double sample_loss(const NetworkParameters& n, const std::vector<double>& y, const float* t) {
  const double smooth = n.loss_constants.label_smoothing, delta = n.loss_constants.delta;
  const auto k = static_cast<double>(y.size());
  double sum = 0;
  const auto weight = [&](std::size_t c) { return n.class_weights.empty() ? 1.0 : n.class_weights[c]; };
  if (n.loss == "binary_crossentropy") {
    const double target = t[0] * (1 - smooth) + smooth / 2;
    return -weight(t[0] > 0 ? 1 : 0) * (target * std::log(y[0]) + (1 - target) * std::log(1 - y[0]));
  }
  if (n.loss == "sparse_categorical_crossentropy" || n.loss == "categorical_crossentropy") {
    double factor = 0;
    for (std::size_t o = 0; o < y.size(); ++o) {
      const double target = n.loss == "categorical_crossentropy" ? t[o] : static_cast<double>(o == static_cast<std::size_t>(t[0]));
      factor += weight(o) * target;
      sum -= (target * (1 - smooth) + smooth / k) * std::log(y[o]);
    }
    return factor * sum;
  }
  for (std::size_t o = 0; o < y.size(); ++o) {
    const double e = std::fabs(y[o] - t[o]);
    if (n.loss == "mse") sum += e * e / k;
    if (n.loss == "mae") sum += e / k;
    if (n.loss == "huber") sum += (e <= delta ? e * e / 2 : delta * (e - delta / 2)) / k;
  }
  return sum;
}

double loss_of(const std::vector<double>& weights, const std::vector<std::int64_t>& widths, const NetworkParameters& n,
               const Dataset& data, std::int64_t samples) {
  const Rows rows = outputs_of(weights, widths, n, data, samples);
  double sum = 0;
  for (std::int64_t s = 0; s < samples; ++s)
    sum += sample_loss(n, rows[static_cast<std::size_t>(s)], &data.train.targets[static_cast<std::size_t>(s * data.n_targets())]);
  sum /= static_cast<double>(samples);
  std::size_t at = 0;
  for (std::size_t l = 1; l < widths.size(); ++l) {
    for (std::int64_t o = 0; o < widths[l]; ++o, ++at)
      for (std::int64_t i = 0; i < widths[l - 1]; ++i, ++at) sum += n.l1 * std::fabs(weights[at]) + n.l2 * weights[at] * weights[at];
  }
  return sum;
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
    const Dataset data = dataset_of(c, 70, 4);
    for (const char* activation : {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "tanh", "sigmoid", "linear"}) {
      NetworkParameters n;
      n.activation_constants = {.negative_slope = 0.3, .alpha = 0.7};
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

TEST_CASE("gradients are right with label smoothing, class weights and penalties", "[unit]") {
  for (const LossCase& c : kLossCases) {
    const Dataset data = dataset_of(c, 40, 4);
    NetworkParameters n;
    n.loss = c.loss, n.activation = "tanh", n.hidden = {5, 4}, n.batch = 40, n.l1 = 0.01, n.l2 = 0.02;
    n.loss_constants = {.label_smoothing = 0.2, .delta = 0.3};
    const std::int64_t n_classes = c.n_classes > 0 ? c.n_classes : c.loss == std::string("categorical_crossentropy") ? 3 : 0;
    for (std::int64_t k = 0; k < n_classes; ++k) n.class_weights.push_back(0.5 + static_cast<double>(k));
    check_gradient(n, data, 40);
  }
}

TEST_CASE("gradients pass through batch normalisation, scales and shifts included", "[unit]") {
  const Dataset data = small_dataset(150, 4, 2), wide = small_dataset(40, 34, 2);
  for (const char* activation : {"relu", "tanh", "silu"}) {
    NetworkParameters n;
    n.activation = activation, n.hidden = {6, 34, 5}, n.batch = 150, n.batch_normalisation = true;
    check_gradient(n, data, 150);
    check_gradient(n, data, 20);
    check_gradient(n, wide, 37);
  }
}
