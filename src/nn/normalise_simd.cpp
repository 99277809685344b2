// SPDX-License-Identifier: Apache-2.0
#include "nn/normalise.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/normalise_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

using kernels::kBlockLanes;
using kernels::kLanes;

// f(place in the row of the block, lanes that hold samples, place among 16) for all vectors of row r.
template <class Function>
HWY_INLINE void each_vector(const kernels::Blocked& values, std::int64_t r, const Normalisation& n, const Function& f) {
  for (std::int64_t block = 0; block * kBlockLanes < n.lanes; ++block) {
    float* row = values.row(block, r);
    float* other = n.normalised.row(block, r);
    const std::int64_t begin = block * kBlockLanes, rest = n.lanes - begin;
    for (std::int64_t j = 0; j < (rest < kBlockLanes ? rest : kBlockLanes); j += kVector)
      f(row + j, other + j, valid_lanes(begin + j, n.n_samples), j % kLanes);
  }
}

void NormaliseBatch(const Normalisation& n, float epsilon, float moving_share) {
  const float share = 1.0f / static_cast<float>(n.n_samples);
  for (std::int64_t r = 0; r < n.rows; ++r) {
    alignas(64) float sums[kLanes] = {};
    each_vector(n.values, r, n, [&](float* x, float*, M valid, std::int64_t lane) HWY_ATTR {
      const V value = hn::IfThenElseZero(valid, hn::LoadU(F(), x));
      hn::StoreU(hn::Add(hn::LoadU(F(), sums + lane), value), F(), sums + lane);
    });
    const float mean = kernels::lane_total(sums) * share;
    alignas(64) float squares[kLanes] = {};
    each_vector(n.values, r, n, [&](float* x, float*, M valid, std::int64_t lane) HWY_ATTR {
      const V distance = hn::IfThenElseZero(valid, hn::Sub(hn::LoadU(F(), x), hn::Set(F(), mean)));
      hn::StoreU(hn::MulAdd(distance, distance, hn::LoadU(F(), squares + lane)), F(), squares + lane);
    });
    const float variance = kernels::lane_total(squares) * share;
    const float inverse = 1.0f / std::sqrt(variance + epsilon);
    each_vector(n.values, r, n, [&](float* x, float* normalised, M, std::int64_t) HWY_ATTR {
      const V hat = hn::Mul(hn::Sub(hn::LoadU(F(), x), hn::Set(F(), mean)), hn::Set(F(), inverse));
      hn::StoreU(hat, F(), normalised);
      hn::StoreU(hn::MulAdd(hn::Set(F(), n.scale[r]), hat, hn::Set(F(), n.shift[r])), F(), x);
    });
    n.inverse_deviations[r] = inverse;
    n.moving_mean[r] = moving_share * n.moving_mean[r] + (1.0f - moving_share) * mean;
    n.moving_variance[r] = moving_share * n.moving_variance[r] + (1.0f - moving_share) * variance;
  }
}

void NormaliseGradient(const Normalisation& n) {
  const float share = 1.0f / static_cast<float>(n.n_samples);
  for (std::int64_t r = 0; r < n.rows; ++r) {
    alignas(64) float sums[kLanes] = {}, products[kLanes] = {};
    each_vector(n.values, r, n, [&](float* d, float* hat, M, std::int64_t lane) HWY_ATTR {
      const V delta = hn::LoadU(F(), d);
      hn::StoreU(hn::Add(hn::LoadU(F(), sums + lane), delta), F(), sums + lane);
      hn::StoreU(hn::MulAdd(delta, hn::LoadU(F(), hat), hn::LoadU(F(), products + lane)), F(), products + lane);
    });
    n.shift_gradient[r] = kernels::lane_total(sums);
    n.scale_gradient[r] = kernels::lane_total(products);
    const V mean = hn::Set(F(), n.shift_gradient[r] * share), slope = hn::Set(F(), n.scale_gradient[r] * share);
    const V factor = hn::Set(F(), n.scale[r] * n.inverse_deviations[r]);
    each_vector(n.values, r, n, [&](float* d, float* hat, M valid, std::int64_t) HWY_ATTR {
      const V rest = hn::NegMulAdd(hn::LoadU(F(), hat), slope, hn::Sub(hn::LoadU(F(), d), mean));
      hn::StoreU(hn::IfThenElseZero(valid, hn::Mul(factor, rest)), F(), d);
    });
  }
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::nn {
HWY_EXPORT(NormaliseBatch);
HWY_EXPORT(NormaliseGradient);

namespace {

struct Row {
  const kernels::Blocked& blocked;
  std::int64_t r;
  float& operator[](std::int64_t j) const { return blocked.row(j / kernels::kBlockLanes, r)[j % kernels::kBlockLanes]; }
};

}  // namespace

void normalise_batch(const Normalisation& n, float epsilon, float moving_share) {
  HWY_DYNAMIC_DISPATCH(NormaliseBatch)(n, epsilon, moving_share);
}

void normalise_gradient(const Normalisation& n) { HWY_DYNAMIC_DISPATCH(NormaliseGradient)(n); }

void normalise_batch_reference(const Normalisation& n, float epsilon, float moving_share) {
  const float share = 1.0f / static_cast<float>(n.n_samples);
  for (std::int64_t r = 0; r < n.rows; ++r) {
    const Row x{n.values, r}, hat{n.normalised, r};
    float sums[kernels::kLanes] = {}, squares[kernels::kLanes] = {};
    for (std::int64_t j = 0; j < n.n_samples; ++j) sums[j % kernels::kLanes] += x[j];
    const float mean = kernels::lane_total(sums) * share;
    for (std::int64_t j = 0; j < n.n_samples; ++j)
      squares[j % kernels::kLanes] = std::fma(x[j] - mean, x[j] - mean, squares[j % kernels::kLanes]);
    const float variance = kernels::lane_total(squares) * share;
    n.inverse_deviations[r] = 1.0f / std::sqrt(variance + epsilon);
    for (std::int64_t j = 0; j < n.lanes; ++j) {
      hat[j] = (x[j] - mean) * n.inverse_deviations[r];
      x[j] = std::fma(n.scale[r], hat[j], n.shift[r]);
    }
    n.moving_mean[r] = moving_share * n.moving_mean[r] + (1.0f - moving_share) * mean;
    n.moving_variance[r] = moving_share * n.moving_variance[r] + (1.0f - moving_share) * variance;
  }
}

void normalise_gradient_reference(const Normalisation& n) {
  const float share = 1.0f / static_cast<float>(n.n_samples);
  for (std::int64_t r = 0; r < n.rows; ++r) {
    const Row d{n.values, r}, hat{n.normalised, r};
    float sums[kernels::kLanes] = {}, products[kernels::kLanes] = {};
    for (std::int64_t j = 0; j < n.lanes; ++j) {
      sums[j % kernels::kLanes] += d[j];
      products[j % kernels::kLanes] = std::fma(d[j], hat[j], products[j % kernels::kLanes]);
    }
    n.shift_gradient[r] = kernels::lane_total(sums);
    n.scale_gradient[r] = kernels::lane_total(products);
    const float mean = n.shift_gradient[r] * share, slope = n.scale_gradient[r] * share;
    const float factor = n.scale[r] * n.inverse_deviations[r];
    for (std::int64_t j = 0; j < n.lanes; ++j)
      d[j] = j < n.n_samples ? factor * std::fma(-hat[j], slope, d[j] - mean) : 0.0f;
  }
}

}  // namespace shoal::nn
#endif
