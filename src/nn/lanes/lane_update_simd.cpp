// SPDX-License-Identifier: Apache-2.0
#include "nn/lanes/lane_update.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/lanes/lane_update_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes/lane_step.hpp"
#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::lanes::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using nn::HWY_NAMESPACE::F;
using nn::HWY_NAMESPACE::kVector;
using nn::HWY_NAMESPACE::V;

// make(constant): f(gradient, weight, slot 0, slot 1), which changes the last three. constant(k): the networks' k-th constants.
template <int Slots, class Make>
HWY_INLINE void for_each_weight(const Update& u, const Make& make) {
  for (std::int64_t part = 0; part < kNetworks; part += kVector) {
    const auto f = make([&](int k) HWY_ATTR { return hn::Load(F(), u.constants + k * kNetworks + part); });
    const V keep = u.keep != nullptr ? hn::Load(F(), u.keep + part) : hn::Set(F(), 1.0f);
    for (std::int64_t i = part; i < u.n_weights * kNetworks; i += kNetworks) {
      V weight = hn::Load(F(), u.weights + i);
      if (u.keep != nullptr) weight = hn::Mul(weight, keep);
      V first = hn::Load(F(), u.slots[0] + i);
      V second = Slots > 1 ? hn::Load(F(), u.slots[1] + i) : hn::Zero(F());
      f(hn::Load(F(), u.gradient + i), weight, first, second);
      hn::Store(weight, F(), u.weights + i);
      hn::Store(first, F(), u.slots[0] + i);
      if (Slots > 1) hn::Store(second, F(), u.slots[1] + i);
    }
  }
}

void Sgd(const Update& u) {
  const bool nesterov = u.constants[2 * kNetworks] != 0;  // of all networks
  for_each_weight<1>(u, [nesterov](const auto& constant) HWY_ATTR {
    const V rate = constant(0), momentum = constant(1);
    return [=](V g, V& w, V& velocity, V&) HWY_ATTR {
      velocity = hn::MulSub(momentum, velocity, hn::Mul(rate, g));
      w = hn::Add(w, nesterov ? hn::MulSub(momentum, velocity, hn::Mul(rate, g)) : velocity);
    };
  });
}

void Rmsprop(const Update& u) {
  for_each_weight<1>(u, [](const auto& constant) HWY_ATTR {
    const V rate = constant(0), rho = constant(1), rest = constant(2), epsilon = constant(3);
    return [=](V g, V& w, V& square, V&) HWY_ATTR {
      square = hn::MulAdd(rest, hn::Mul(g, g), hn::Mul(rho, square));
      w = hn::Sub(w, hn::Div(hn::Mul(rate, g), hn::Sqrt(hn::Add(square, epsilon))));
    };
  });
}

void Adam(const Update& u) {
  for_each_weight<2>(u, [](const auto& constant) HWY_ATTR {
    const V rate = constant(0), rest_1 = constant(1), rest_2 = constant(2), epsilon = constant(3);
    return [=](V g, V& w, V& m, V& v) HWY_ATTR {
      m = hn::MulAdd(rest_1, hn::Sub(g, m), m);
      v = hn::MulAdd(rest_2, hn::MulSub(g, g, v), v);
      w = hn::Sub(w, hn::Div(hn::Mul(rate, m), hn::Add(hn::Sqrt(v), epsilon)));
    };
  });
}

void Adagrad(const Update& u) {
  for_each_weight<1>(u, [](const auto& constant) HWY_ATTR {
    const V rate = constant(0), start = constant(1);
    return [=](V g, V& w, V& squares, V&) HWY_ATTR {
      squares = hn::MulAdd(g, g, squares);
      w = hn::Sub(w, hn::Div(hn::Mul(rate, g), hn::Sqrt(hn::Add(squares, start))));
    };
  });
}

void Nadam(const Update& u) {
  for_each_weight<2>(u, [](const auto& constant) HWY_ATTR {
    const V mean_rate = constant(0), own_rate = constant(1), rest_1 = constant(2), rest_2 = constant(3);
    const V correction = constant(4), epsilon = constant(5);
    return [=](V g, V& w, V& m, V& v) HWY_ATTR {
      m = hn::MulAdd(rest_1, hn::Sub(g, m), m);
      v = hn::MulAdd(rest_2, hn::MulSub(g, g, v), v);
      const V step = hn::MulAdd(mean_rate, m, hn::Mul(own_rate, g));
      w = hn::Sub(w, hn::Div(step, hn::Add(hn::Sqrt(hn::Mul(correction, v)), epsilon)));
    };
  });
}

}  // namespace shoal::nn::lanes::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::nn::lanes {
HWY_EXPORT(Sgd);
HWY_EXPORT(Rmsprop);
HWY_EXPORT(Adam);
HWY_EXPORT(Adagrad);
HWY_EXPORT(Nadam);

UpdateFunction update_function(std::string_view name) {
  if (name == "sgd" || name == "momentum" || name == "nesterov") return [](const Update& u) { HWY_DYNAMIC_DISPATCH(Sgd)(u); };
  if (name == "rmsprop") return [](const Update& u) { HWY_DYNAMIC_DISPATCH(Rmsprop)(u); };
  if (name == "adam" || name == "adamw") return [](const Update& u) { HWY_DYNAMIC_DISPATCH(Adam)(u); };
  if (name == "adagrad") return [](const Update& u) { HWY_DYNAMIC_DISPATCH(Adagrad)(u); };
  if (name == "nadam") return [](const Update& u) { HWY_DYNAMIC_DISPATCH(Nadam)(u); };
  return nullptr;
}

}  // namespace shoal::nn::lanes
#endif
