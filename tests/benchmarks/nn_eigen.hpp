// SPDX-License-Identifier: Apache-2.0
// The same training written with Eigen, as its users would: a peer for the benchmark nn.
#pragma once

#include <Eigen/Dense>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "shoal/nn/dataset.hpp"

class EigenTraining {
 public:
  explicit EigenTraining(const std::vector<std::int64_t>& widths) {
    for (std::size_t l = 1; l < widths.size(); ++l) {
      Layer layer;
      layer.weights = Matrix::Random(widths[l], widths[l - 1]) * std::sqrt(6.0f / static_cast<float>(widths[l] + widths[l - 1]));
      layer.bias = Matrix::Zero(widths[l], 1);
      for (Matrix* m : {&layer.weights_m, &layer.weights_v}) *m = Matrix::Zero(widths[l], widths[l - 1]);
      for (Matrix* m : {&layer.bias_m, &layer.bias_v}) *m = Matrix::Zero(widths[l], 1);
      layers_.push_back(layer);
    }
  }

  void train(const shoal::nn::Part& part, std::int64_t batch, std::int64_t epochs) {
    const Eigen::Map<const Matrix> inputs(part.inputs.data(), layers_.front().weights.cols(), part.n_samples);
    const Eigen::Map<const Matrix> targets(part.targets.data(), layers_.back().weights.rows(), part.n_samples);
    std::vector<Eigen::Index> order(static_cast<std::size_t>(part.n_samples));
    std::iota(order.begin(), order.end(), 0);
    for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
      std::shuffle(order.begin(), order.end(), random_);
      for (std::int64_t begin = 0; begin < part.n_samples; begin += batch) {
        const std::vector<Eigen::Index> index(order.begin() + begin, order.begin() + std::min(begin + batch, part.n_samples));
        step(inputs(Eigen::all, index), targets(Eigen::all, index));
      }
    }
  }

  float first_weight() const { return layers_.front().weights(0, 0); }

 private:
  using Matrix = Eigen::MatrixXf;
  struct Layer {
    Matrix weights, bias, output, delta, weights_m, weights_v, bias_m, bias_v;
  };

  void step(const Matrix& x, const Matrix& t) {
    const Matrix* below = &x;
    for (Layer& layer : layers_) {
      layer.output.noalias() = layer.weights * *below;
      layer.output.colwise() += layer.bias.col(0);
      if (&layer != &layers_.back()) layer.output = layer.output.cwiseMax(0.0f);
      below = &layer.output;
    }
    layers_.back().delta = (layers_.back().output - t) * (2.0f / static_cast<float>(t.size()));
    beta_1_power_ *= 0.9f, beta_2_power_ *= 0.999f;
    const float rate = 1e-3f * std::sqrt(1 - beta_2_power_) / (1 - beta_1_power_);
    for (std::size_t l = layers_.size(); l-- > 0;) {
      Layer& layer = layers_[l];
      const Matrix& input = l == 0 ? x : layers_[l - 1].output;
      weights_gradient_.noalias() = layer.delta * input.transpose();
      bias_gradient_ = layer.delta.rowwise().sum();
      if (l > 0) {
        layers_[l - 1].delta.noalias() = layer.weights.transpose() * layer.delta;
        layers_[l - 1].delta.array() *= (input.array() > 0).cast<float>();
      }
      adam(layer.weights, weights_gradient_, layer.weights_m, layer.weights_v, rate);
      adam(layer.bias, bias_gradient_, layer.bias_m, layer.bias_v, rate);
    }
  }

  static void adam(Matrix& w, const Matrix& g, Matrix& m, Matrix& v, float rate) {
    m += 0.1f * (g - m);
    v.array() += 0.001f * (g.array().square() - v.array());
    w.array() -= rate * m.array() / (v.array().sqrt() + 1e-7f);
  }

  std::vector<Layer> layers_;
  Matrix weights_gradient_, bias_gradient_;
  float beta_1_power_ = 1, beta_2_power_ = 1;
  std::mt19937 random_{1};
};
