// SPDX-License-Identifier: Apache-2.0
// x P(x) with the normal distribution P(x) = (1 + erf(x / sqrt 2)) / 2; its derivative is P(x) + x e^(-x^2/2) / sqrt(2 pi)
// (Hendrycks, Gimpel, 2016; the exact form, not the one with tanh).
#include "nn/activation.hpp"

#ifndef SHOAL_NN_GELU_CONSTANTS
#define SHOAL_NN_GELU_CONSTANTS
namespace shoal::nn {
namespace {
constexpr float kRootHalf = 0.70710678f;  // sqrt(1/2)
constexpr float kDensity = 0.39894228f;   // 1 / sqrt(2 pi)
}  // namespace
}  // namespace shoal::nn
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/activations/gelu_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void GeluForward(const Block& block) {
  const V half = hn::Set(F(), 0.5f), root = hn::Set(F(), kRootHalf);
  map_block(block, [half, root](V x) HWY_ATTR {
    return hn::Mul(x, hn::MulAdd(half, sm::erf(F(), hn::Mul(x, root)), half));
  });
}

void GeluBackward(const Block& delta, const float* inputs) {
  const V half = hn::Set(F(), 0.5f), root = hn::Set(F(), kRootHalf), density = hn::Set(F(), kDensity);
  map_blocks(delta, inputs, [half, root, density](V d, V x) HWY_ATTR {
    const V share = hn::MulAdd(half, sm::erf(F(), hn::Mul(x, root)), half);
    const V bell = hn::Mul(density, sm::exp(F(), hn::Mul(hn::Neg(half), hn::Mul(x, x))));
    // Beyond 15 the bell is 0, and infinite x must not make 0 times infinity of it.
    const V slope = hn::IfThenElseZero(hn::Lt(hn::Abs(x), hn::Set(F(), 15.0f)), hn::Mul(x, bell));
    return hn::Mul(d, hn::Add(share, slope));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "nn/scalar_block.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
HWY_EXPORT(GeluForward);
HWY_EXPORT(GeluBackward);

extern const Activation activation_gelu;
const Activation activation_gelu = {
    "gelu",
    true,
    [](const Block& x, float) { HWY_DYNAMIC_DISPATCH(GeluForward)(x); },
    [](const Block& delta, const float* input, float) { HWY_DYNAMIC_DISPATCH(GeluBackward)(delta, input); },
    [](const Block& block, float) {
      map_scalars(block, [](float x) { return x * std::fma(0.5f, math::erf(x * kRootHalf), 0.5f); });
    },
    [](const Block& delta, const float* inputs, float) {
      map_scalars(delta, inputs, [](float d, float x) {
        const float share = std::fma(0.5f, math::erf(x * kRootHalf), 0.5f);
        const float bell = kDensity * math::exp(-0.5f * (x * x));
        return d * (share + (std::fabs(x) < 15.0f ? x * bell : 0.0f));
      });
    },
    true,
};
}  // namespace shoal::nn
#endif
