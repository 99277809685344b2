// SPDX-License-Identifier: Apache-2.0
// What happens to gradients and weights between the way back and the optimiser.
#pragma once

#include <cstdint>

#include "nn/dense_network.hpp"

namespace shoal::nn {

// gradient += the derivative of l1 sum |w| + l2 sum w^2 over all weights that are not biases, scales or shifts.
void add_penalties(DenseNetwork&, double l1, double l2);

// Each number is cut to [-most, most]; NaN stays.
void clip_values(float* gradient, std::int64_t n, double most);

// The vector is scaled to Euclidean norm `most` if it is longer. The sum of squares: f64, 8 lanes, halves combined first.
void clip_norm(float* gradient, std::int64_t n, double most);

// w -= share w (decoupled weight decay: Loshchilov, Hutter, ICLR 2019).
void shrink_weights(float* weights, std::int64_t n, double share);

}  // namespace shoal::nn
