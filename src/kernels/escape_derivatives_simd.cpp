// SPDX-License-Identifier: Apache-2.0
// Orbits of known length with their derivatives, in lanes.
#include <algorithm>

#include "shoal/kernels/escape_time.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/escape_derivatives_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/escape_step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

HWY_INLINE void store_some(V values, double* to, std::size_t count) {
  alignas(64) double lanes[kLanes];
  hn::Store(values, D(), lanes);
  std::copy_n(lanes, count, to);
}

// One vector of orbits, each to its own n.
template <EscapeArithmetic A>
void derivatives(const EscapeOrbits& orbits, std::size_t first, std::size_t count) {
  const D d;
  const V one = hn::Set(d, 1.0);
  alignas(64) double n[kLanes] = {};
  std::uint32_t most = 0, least = 0xffffffff;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t value = orbits.n[first + k];
    n[k] = static_cast<double>(value);
    most = std::max(most, value);
    least = std::min(least, value);
  }
  const V limit = hn::Load(d, n), cr = load_some(orbits.c_real.data() + first, count), ci = load_some(orbits.c_imag.data() + first, count);
  V x = hn::Zero(d), y = x, u = x, v = x;
  const auto advance = [&]() HWY_ATTR {
    const V real = hn::Sub(hn::Mul(x, u), hn::Mul(y, v)), imag = hn::Add(hn::Mul(x, v), hn::Mul(y, u));
    u = hn::Add(hn::Add(real, real), one);
    v = hn::Add(imag, imag);
    step<A>(x, y, cr, ci);
  };
  for (std::uint32_t k = 0; k < least; ++k) advance();
  for (std::uint32_t k = least; k < most; ++k) {
    const M going = hn::Lt(hn::Set(d, static_cast<double>(k)), limit);
    const V old_x = x, old_y = y, old_u = u, old_v = v;
    advance();
    x = hn::IfThenElse(going, x, old_x);
    y = hn::IfThenElse(going, y, old_y);
    u = hn::IfThenElse(going, u, old_u);
    v = hn::IfThenElse(going, v, old_v);
  }
  store_some(x, orbits.z_real.data() + first, count);
  store_some(y, orbits.z_imag.data() + first, count);
  store_some(u, orbits.d_real.data() + first, count);
  store_some(v, orbits.d_imag.data() + first, count);
}

void EscapeDerivatives(EscapeArithmetic arithmetic, const EscapeOrbits& orbits) {
  for (std::size_t first = 0; first < orbits.n.size(); first += kLanes) {
    const std::size_t count = std::min(orbits.n.size() - first, kLanes);
    if (arithmetic == EscapeArithmetic::strict) derivatives<EscapeArithmetic::strict>(orbits, first, count);
    else derivatives<EscapeArithmetic::fast>(orbits, first, count);
  }
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(EscapeDerivatives);

void escape_derivatives(EscapeArithmetic arithmetic, const EscapeOrbits& orbits) {
  HWY_DYNAMIC_DISPATCH(EscapeDerivatives)(arithmetic, orbits);
}
}  // namespace shoal::kernels
#endif
