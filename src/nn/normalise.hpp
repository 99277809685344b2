// SPDX-License-Identifier: Apache-2.0
// Batch normalisation (Ioffe and Szegedy, ICML 2015, algorithm 1) of rows of a batch. Sums run over 16 logical lanes and
// are combined halves first.
#pragma once

#include <cstdint>

#include "shoal/kernels/lane_sums.hpp"

namespace shoal::nn {

struct Normalisation {
  kernels::Blocked values;      // (row, lane): sums in, scaled and shifted out; back: derivatives in and out
  kernels::Blocked normalised;  // (row, lane): out; back: in
  std::int64_t rows = 0, lanes = 0, n_samples = 0;
  const float* scale = nullptr;  // (row)
  const float* shift = nullptr;
  float* moving_mean = nullptr;  // (row)
  float* moving_variance = nullptr;
  float* inverse_deviations = nullptr;  // (row): 1 / sqrt(variance of the batch + epsilon), for the way back
  float* scale_gradient = nullptr;      // (row): out, back
  float* shift_gradient = nullptr;
};

// normalised = (x - mean) / sqrt(variance + epsilon), x = scale normalised + shift, over the batch's samples (variance of n);
// moving = moving_share moving + (1 - moving_share) batch.
void normalise_batch(const Normalisation&, float epsilon, float moving_share);
void normalise_batch_reference(const Normalisation&, float epsilon, float moving_share);

// d = scale / deviation (d - mean d - normalised mean(d normalised)); lanes beyond the samples get 0. Gradients of scale and
// shift.
void normalise_gradient(const Normalisation&);
void normalise_gradient_reference(const Normalisation&);

}  // namespace shoal::nn
