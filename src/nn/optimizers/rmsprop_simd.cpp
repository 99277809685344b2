// SPDX-License-Identifier: Apache-2.0
// RMSprop (Tieleman and Hinton, 2012) as Keras computes it, epsilon inside the root:
//   s = rho s + (1 - rho) g^2;  w -= learning_rate g / sqrt(s + epsilon)
#include "nn/optimizer.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/rmsprop_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/update-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Rmsprop(const Update& u) {
  const V8 rate = hn::Set(F8(), u.constants.value[0]), rho = hn::Set(F8(), u.constants.value[1]);
  const V8 rest = hn::Set(F8(), u.constants.value[2]), epsilon = hn::Set(F8(), u.constants.value[3]);
  for_each_weight<1>(u, [&](V8 g, V8& w, V8& square, V8&) HWY_ATTR {
    square = hn::MulAdd(rest, hn::Mul(g, g), hn::Mul(rho, square));
    w = hn::Sub(w, hn::Div(hn::Mul(rate, g), hn::Sqrt(hn::Add(square, epsilon))));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace shoal::nn {
HWY_EXPORT(Rmsprop);

namespace {

void rmsprop_reference(const Update& u) {
  const float rate = u.constants.value[0], rho = u.constants.value[1];
  const float rest = u.constants.value[2], epsilon = u.constants.value[3];
  for (std::int64_t i = 0; i < u.n; ++i) {
    const float g = u.gradient[i];
    float& square = u.slots[0][i];
    square = std::fma(rest, g * g, rho * square);
    u.weights[i] -= rate * g / std::sqrt(square + epsilon);
  }
}

void bind_rmsprop(config::Table& table, OptimizerParameters& p) {
  bind_learning_rate(table, p);
  table.real("rho", p.rho, {.help = "decay of the mean square of gradients", .minimum = 0, .maximum = 1});
  table.real("epsilon", p.epsilon, {.help = "added under the root", .minimum = 1e-30, .maximum = 1});
  bind_weight_decay(table, p);
}

StepConstants begin_rmsprop(const OptimizerParameters& p, double*) {
  return {{static_cast<float>(p.learning_rate), static_cast<float>(p.rho), static_cast<float>(1.0 - p.rho),
           static_cast<float>(p.epsilon)}};
}

}  // namespace

extern const Optimizer optimizer_rmsprop;
const Optimizer optimizer_rmsprop = {
    "rmsprop", 1e-3, 1, bind_rmsprop, begin_rmsprop, [](const Update& u) { HWY_DYNAMIC_DISPATCH(Rmsprop)(u); },
    rmsprop_reference};
}  // namespace shoal::nn
#endif
