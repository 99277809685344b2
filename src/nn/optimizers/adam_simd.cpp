// SPDX-License-Identifier: Apache-2.0
// Adam (Kingma and Ba, ICLR 2015, the form at the end of their section 2, which is Keras's), step t = 1, 2, ...:
//   m += (1 - beta_1) (g - m);  v += (1 - beta_2) (g^2 - v)
//   w -= learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)
#include "nn/optimizer.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/adam_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/update-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Adam(const Update& u) {
  const V8 rate = hn::Set(F8(), u.constants.value[0]), epsilon = hn::Set(F8(), u.constants.value[3]);
  const V8 rest_1 = hn::Set(F8(), u.constants.value[1]), rest_2 = hn::Set(F8(), u.constants.value[2]);
  for_each_weight<2>(u, [&](V8 g, V8& w, V8& m, V8& v) HWY_ATTR {
    m = hn::MulAdd(rest_1, hn::Sub(g, m), m);
    v = hn::MulAdd(rest_2, hn::MulSub(g, g, v), v);
    w = hn::Sub(w, hn::Div(hn::Mul(rate, m), hn::Add(hn::Sqrt(v), epsilon)));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace shoal::nn {
HWY_EXPORT(Adam);

namespace {

void adam_reference(const Update& u) {
  const float rate = u.constants.value[0], epsilon = u.constants.value[3];
  const float rest_1 = u.constants.value[1], rest_2 = u.constants.value[2];
  for (std::int64_t i = 0; i < u.n; ++i) {
    const float g = u.gradient[i];
    float& m = u.slots[0][i];
    float& v = u.slots[1][i];
    m = std::fma(rest_1, g - m, m);
    v = std::fma(rest_2, std::fma(g, g, -v), v);
    u.weights[i] -= rate * m / (std::sqrt(v) + epsilon);
  }
}

void bind_adam(config::Table& table, OptimizerParameters& p) {
  bind_learning_rate(table, p);
  table.real("beta_1", p.beta_1, {.help = "decay of the mean of gradients", .minimum = 0, .maximum = 0.999999});
  table.real("beta_2", p.beta_2, {.help = "decay of their mean square", .minimum = 0, .maximum = 0.999999999});
  table.real("epsilon", p.epsilon, {.help = "added to the root of the mean square", .minimum = 1e-30, .maximum = 1});
  bind_weight_decay(table, p);
}

StepConstants begin_adam(const OptimizerParameters& p, double* powers) {
  powers[0] *= p.beta_1;
  powers[1] *= p.beta_2;
  const double rate = p.learning_rate * std::sqrt(1.0 - powers[1]) / (1.0 - powers[0]);
  return {{static_cast<float>(rate), static_cast<float>(1.0 - p.beta_1), static_cast<float>(1.0 - p.beta_2),
           static_cast<float>(p.epsilon)}};
}

}  // namespace

extern const Optimizer optimizer_adam;
const Optimizer optimizer_adam = {
    "adam", 1e-3, 2, bind_adam, begin_adam, [](const Update& u) { HWY_DYNAMIC_DISPATCH(Adam)(u); }, adam_reference};
}  // namespace shoal::nn
#endif
