// SPDX-License-Identifier: Apache-2.0
// Nadam (Dozat, ICLR workshop 2016) as Keras computes it, step t = 1, 2, ... with u_t = beta_1 (1 - 0.96^t / 2):
//   m += (1 - beta_1) (g - m);  v += (1 - beta_2) (g^2 - v)
//   w -= learning_rate (u_(t+1) m / (1 - u_1 ... u_(t+1)) + (1 - u_t) g / (1 - u_1 ... u_t))
//        / (sqrt(v / (1 - beta_2^t)) + epsilon)
#include "nn/optimizer.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/nadam_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/update-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Nadam(const Update& u) {
  const V8 mean_rate = hn::Set(F8(), u.constants.value[0]), own_rate = hn::Set(F8(), u.constants.value[1]);
  const V8 rest_1 = hn::Set(F8(), u.constants.value[2]), rest_2 = hn::Set(F8(), u.constants.value[3]);
  const V8 correction = hn::Set(F8(), u.constants.value[4]), epsilon = hn::Set(F8(), u.constants.value[5]);
  for_each_weight<2>(u, [&](V8 g, V8& w, V8& m, V8& v) HWY_ATTR {
    m = hn::MulAdd(rest_1, hn::Sub(g, m), m);
    v = hn::MulAdd(rest_2, hn::MulSub(g, g, v), v);
    const V8 step = hn::MulAdd(mean_rate, m, hn::Mul(own_rate, g));
    w = hn::Sub(w, hn::Div(step, hn::Add(hn::Sqrt(hn::Mul(correction, v)), epsilon)));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace shoal::nn {
HWY_EXPORT(Nadam);

namespace {

void nadam_reference(const Update& u) {
  const float* c = u.constants.value;
  for (std::int64_t i = 0; i < u.n; ++i) {
    const float g = u.gradient[i];
    float& m = u.slots[0][i];
    float& v = u.slots[1][i];
    m = std::fma(c[2], g - m, m);
    v = std::fma(c[3], std::fma(g, g, -v), v);
    u.weights[i] -= std::fma(c[0], m, c[1] * g) / (std::sqrt(c[4] * v) + c[5]);
  }
}

void bind_nadam(config::Table& table, OptimizerParameters& p) {
  bind_learning_rate(table, p);
  table.real("beta_1", p.beta_1, {.help = "decay of the mean of gradients", .minimum = 0, .maximum = 0.999999});
  table.real("beta_2", p.beta_2, {.help = "decay of their mean square", .minimum = 0, .maximum = 0.999999999});
  table.real("epsilon", p.epsilon, {.help = "added to the root of the mean square", .minimum = 1e-30, .maximum = 1});
  bind_weight_decay(table, p);
}

StepConstants begin_nadam(const OptimizerParameters& p, double* powers) {
  // powers: 0.96^t, u_1 ... u_t, beta_2^t
  powers[0] *= 0.96;
  const double now = p.beta_1 * (1.0 - 0.5 * powers[0]), next = p.beta_1 * (1.0 - 0.5 * (0.96 * powers[0]));
  powers[1] *= now;
  powers[2] *= p.beta_2;
  const double mean_rate = p.learning_rate * next / (1.0 - powers[1] * next);
  const double own_rate = p.learning_rate * (1.0 - now) / (1.0 - powers[1]);
  return {{static_cast<float>(mean_rate), static_cast<float>(own_rate), static_cast<float>(1.0 - p.beta_1),
           static_cast<float>(1.0 - p.beta_2), static_cast<float>(1.0 / (1.0 - powers[2])), static_cast<float>(p.epsilon)}};
}

}  // namespace

extern const Optimizer optimizer_nadam;
const Optimizer optimizer_nadam = {
    "nadam", 1e-3, 2, bind_nadam, begin_nadam, [](const Update& u) { HWY_DYNAMIC_DISPATCH(Nadam)(u); },
    nadam_reference};
}  // namespace shoal::nn
#endif
