// SPDX-License-Identifier: Apache-2.0
// Adagrad (Duchi, Hazan, Singer, JMLR 12, 2011) as Keras computes it:
//   s = initial + sum of all g^2 so far;  w -= learning_rate g / sqrt(s + epsilon)
// The slot holds the sum without `initial`.
#include "nn/optimizer.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/adagrad_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/update-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

void Adagrad(const Update& u) {
  const V8 rate = hn::Set(F8(), u.constants.value[0]), start = hn::Set(F8(), u.constants.value[1]);
  for_each_weight<1>(u, [&](V8 g, V8& w, V8& squares, V8&) HWY_ATTR {
    squares = hn::MulAdd(g, g, squares);
    w = hn::Sub(w, hn::Div(hn::Mul(rate, g), hn::Sqrt(hn::Add(squares, start))));
  });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace shoal::nn {
HWY_EXPORT(Adagrad);

namespace {

void adagrad_reference(const Update& u) {
  const float rate = u.constants.value[0], start = u.constants.value[1];
  for (std::int64_t i = 0; i < u.n; ++i) {
    const float g = u.gradient[i];
    float& squares = u.slots[0][i];
    squares = std::fma(g, g, squares);
    u.weights[i] -= rate * g / std::sqrt(squares + start);
  }
}

void bind_adagrad(config::Table& table, OptimizerParameters& p) {
  bind_learning_rate(table, p);
  table.real("initial", p.initial, {.help = "sum of squares at first", .minimum = 0, .maximum = 1e6});
  table.real("epsilon", p.epsilon, {.help = "added under the root", .minimum = 1e-30, .maximum = 1});
  bind_weight_decay(table, p);
}

StepConstants begin_adagrad(const OptimizerParameters& p, double*) {
  return {{static_cast<float>(p.learning_rate), static_cast<float>(p.initial + p.epsilon)}};
}

}  // namespace

extern const Optimizer optimizer_adagrad;
const Optimizer optimizer_adagrad = {
    "adagrad", 1e-3, 1, bind_adagrad, begin_adagrad, [](const Update& u) { HWY_DYNAMIC_DISPATCH(Adagrad)(u); },
    adagrad_reference};
}  // namespace shoal::nn
#endif
