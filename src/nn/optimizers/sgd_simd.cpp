// SPDX-License-Identifier: Apache-2.0
// Gradient descent with momentum, as Keras documents it:
//   velocity = momentum velocity - learning_rate g;  w += velocity, or with Nesterov's look-ahead
//   w += momentum velocity - learning_rate g.
#include "nn/optimizer.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/sgd_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/update-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Sgd(const Update& u) {
  const V8 rate = hn::Set(F8(), u.constants.value[0]), momentum = hn::Set(F8(), u.constants.value[1]);
  const bool nesterov = u.constants.value[2] != 0;
  for_each_weight<1>(u, [&](V8 g, V8& w, V8& velocity, V8&) HWY_ATTR {
    velocity = hn::MulSub(momentum, velocity, hn::Mul(rate, g));
    w = hn::Add(w, nesterov ? hn::MulSub(momentum, velocity, hn::Mul(rate, g)) : velocity);
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace shoal::nn {
HWY_EXPORT(Sgd);

namespace {

void sgd_reference(const Update& u) {
  const float rate = u.constants.value[0], momentum = u.constants.value[1];
  for (std::int64_t i = 0; i < u.n; ++i) {
    const float pull = rate * u.gradient[i];
    float& velocity = u.slots[0][i];
    velocity = std::fma(momentum, velocity, -pull);
    u.weights[i] += u.constants.value[2] != 0 ? std::fma(momentum, velocity, -pull) : velocity;
  }
}

void bind_sgd(config::Table& table, OptimizerParameters& p) {
  bind_learning_rate(table, p);
  table.real("momentum", p.momentum, {.help = "share of the last step that is kept", .minimum = 0, .maximum = 1});
  table.boolean("nesterov", p.nesterov, {.help = "Nesterov's look-ahead"});
  bind_weight_decay(table, p);
}

StepConstants begin_sgd(const OptimizerParameters& p, double*) {
  return {{static_cast<float>(p.learning_rate), static_cast<float>(p.momentum), p.nesterov ? 1.0f : 0.0f}};
}

}  // namespace

extern const Optimizer optimizer_sgd;
const Optimizer optimizer_sgd = {
    "sgd", 1e-2, 1, bind_sgd, begin_sgd, [](const Update& u) { HWY_DYNAMIC_DISPATCH(Sgd)(u); }, sgd_reference};
}  // namespace shoal::nn
#endif
