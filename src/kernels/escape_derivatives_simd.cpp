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

// Calls advance(k) for k in [begin, end), and now and then stop(), which may end it with false.
template <class Advance>
HWY_INLINE bool polled(std::uint32_t begin, std::uint32_t end, const std::function<bool()>& stop, Advance advance) {
  constexpr std::uint32_t kBetweenPolls = 65536;
  for (std::uint32_t k = begin; k < end;) {
    if (stop()) return false;
    for (const std::uint32_t pause = end - k > kBetweenPolls ? k + kBetweenPolls : end; k < pause; ++k) advance(k);
  }
  return true;
}

// One vector of orbits, each to its own n.
template <EscapeArithmetic A>
bool derivatives(const EscapeOrbits& orbits, std::size_t first, std::size_t count, const std::function<bool()>& stop) {
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
  const auto advance = [&](std::uint32_t) HWY_ATTR {
    const V real = hn::Sub(hn::Mul(x, u), hn::Mul(y, v)), imag = hn::Add(hn::Mul(x, v), hn::Mul(y, u));
    u = hn::Add(hn::Add(real, real), one);
    v = hn::Add(imag, imag);
    step<A>(x, y, cr, ci);
  };
  const auto advance_some = [&](std::uint32_t k) HWY_ATTR {
    const M going = hn::Lt(hn::Set(d, static_cast<double>(k)), limit);
    const V old_x = x, old_y = y, old_u = u, old_v = v;
    advance(k);
    x = hn::IfThenElse(going, x, old_x);
    y = hn::IfThenElse(going, y, old_y);
    u = hn::IfThenElse(going, u, old_u);
    v = hn::IfThenElse(going, v, old_v);
  };
  if (!polled(0, least, stop, advance) || !polled(least, most, stop, advance_some)) return false;
  store_some(x, orbits.z_real.data() + first, count);
  store_some(y, orbits.z_imag.data() + first, count);
  store_some(u, orbits.d_real.data() + first, count);
  store_some(v, orbits.d_imag.data() + first, count);
  return true;
}

bool EscapeDerivatives(EscapeArithmetic arithmetic, const EscapeOrbits& orbits, const std::function<bool()>& stop) {
  for (std::size_t first = 0; first < orbits.n.size(); first += kLanes) {
    const std::size_t count = std::min(orbits.n.size() - first, kLanes);
    if (!(arithmetic == EscapeArithmetic::strict ? derivatives<EscapeArithmetic::strict>(orbits, first, count, stop)
                                                 : derivatives<EscapeArithmetic::fast>(orbits, first, count, stop)))
      return false;
  }
  return true;
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(EscapeDerivatives);

bool escape_derivatives(EscapeArithmetic arithmetic, const EscapeOrbits& orbits, const std::function<bool()>& stop) {
  return HWY_DYNAMIC_DISPATCH(EscapeDerivatives)(arithmetic, orbits, stop);
}
}  // namespace shoal::kernels
#endif
