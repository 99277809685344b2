// SPDX-License-Identifier: Apache-2.0
#include "nn/penalties.hpp"

#include <cmath>

namespace shoal::nn {

void add_penalties(DenseNetwork& network, double l1, double l2) {
  const auto first = static_cast<float>(l1), second = static_cast<float>(2 * l2);
  for (const DenseShape& layer : network.layers()) {
    for (std::int64_t o = 0; o < layer.n_outputs; ++o) {
      const float* w = network.weights() + layer.offset + o * layer.row();
      float* g = network.gradient() + layer.offset + o * layer.row();
      for (std::int64_t i = 0; i < layer.n_inputs; ++i) {
        const float sign = w[i] > 0.0f ? first : w[i] < 0.0f ? -first : 0.0f;
        g[i] = std::fma(second, w[i], g[i]) + sign;
      }
    }
  }
}

void clip_values(float* gradient, std::int64_t n, double most) {
  const auto limit = static_cast<float>(most);
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = gradient[i] > limit ? limit : gradient[i];
    gradient[i] = g < -limit ? -limit : g;
  }
}

void clip_norm(float* gradient, std::int64_t n, double most) {
  double sums[8] = {};
  for (std::int64_t i = 0; i < n; ++i) {
    const auto g = static_cast<double>(gradient[i]);
    sums[i % 8] = std::fma(g, g, sums[i % 8]);
  }
  for (int half = 4; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) sums[l] += sums[l + half];
  }
  const double norm = std::sqrt(sums[0]);
  if (!(norm > most)) return;
  const auto factor = static_cast<float>(most / norm);
  for (std::int64_t i = 0; i < n; ++i) gradient[i] *= factor;
}

void shrink_weights(float* weights, std::int64_t n, double share) {
  const auto keep = static_cast<float>(1.0 - share);
  for (std::int64_t i = 0; i < n; ++i) weights[i] *= keep;
}

}  // namespace shoal::nn
