// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/deep_lanes.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "workloads/mandelbrot/deep_lanes_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace shoal::workloads::mandelbrot::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using I = hn::RebindToSigned<D>;
using V = hn::Vec<D>;
using VI = hn::Vec<I>;
using M = hn::Mask<D>;

constexpr std::size_t kVectors = 2;  // in flight: a step is a chain of five operations, some 20 clocks
constexpr std::size_t kMaxLanes = 8 * kVectors;
constexpr int kStepsBetweenPolls = 4096;

// The lanes as arrays, for the moments when an orbit leaves and another takes its place.
struct Lanes {
  alignas(64) double z_re[kMaxLanes] = {}, z_im[kMaxLanes] = {}, d_re[kMaxLanes] = {}, d_im[kMaxLanes] = {};
  alignas(64) double c_re[kMaxLanes] = {}, c_im[kMaxLanes] = {}, norm[kMaxLanes] = {};
  alignas(64) std::int64_t m[kMaxLanes] = {}, left[kMaxLanes] = {}, active[kMaxLanes] = {};
  std::size_t orbit[kMaxLanes] = {};

  void put(std::size_t lane, const LaneOrbit& from, std::size_t number, std::int64_t limit) {
    z_re[lane] = from.z.re, z_im[lane] = from.z.im, d_re[lane] = from.d.re, d_im[lane] = from.d.im;
    c_re[lane] = from.c.re, c_im[lane] = from.c.im;
    m[lane] = from.m, left[lane] = limit - from.n, active[lane] = -1;
    orbit[lane] = number;
  }
  void take(std::size_t lane, LaneOrbit& to, std::int64_t limit, bool escaped) {
    to.z = {z_re[lane], z_im[lane]}, to.d = {d_re[lane], d_im[lane]};
    to.m = m[lane], to.n = limit - left[lane];
    to.norm_squared = norm[lane], to.escaped = escaped;
    active[lane] = 0;  // what it goes on computing is of no use, and does no harm
  }
};

// One vector of orbits.
template <bool kDerivative>
struct Flight {
  V z_re, z_im, d_re, d_im, c_re, c_im, s_re, s_im, r_re, r_im, norm;  // s: the sum of z and the reference r
  VI m, left;

  HWY_INLINE void load(const Lanes& lanes, std::size_t at, const double* reference) {
    const D d;
    const I i;
    z_re = hn::Load(d, lanes.z_re + at), z_im = hn::Load(d, lanes.z_im + at);
    d_re = hn::Load(d, lanes.d_re + at), d_im = hn::Load(d, lanes.d_im + at);
    c_re = hn::Load(d, lanes.c_re + at), c_im = hn::Load(d, lanes.c_im + at);
    m = hn::Load(i, lanes.m + at), left = hn::Load(i, lanes.left + at);
    norm = hn::Load(d, lanes.norm + at);
    look_up(reference);
  }
  HWY_INLINE void store(Lanes& lanes, std::size_t at) const {
    const D d;
    const I i;
    hn::Store(z_re, d, lanes.z_re + at), hn::Store(z_im, d, lanes.z_im + at);
    hn::Store(d_re, d, lanes.d_re + at), hn::Store(d_im, d, lanes.d_im + at);
    hn::Store(m, i, lanes.m + at), hn::Store(left, i, lanes.left + at);
    hn::Store(norm, d, lanes.norm + at);
  }
  HWY_INLINE void look_up(const double* reference) {
    const D d;
    const VI place = hn::Add(m, m);
    r_re = hn::GatherIndex(d, reference, place);
    r_im = hn::GatherIndex(d, reference + 1, place);
    s_re = hn::Add(r_re, z_re), s_im = hn::Add(r_im, z_im);
  }
  HWY_INLINE V size() const { return hn::Add(hn::Abs(z_re), hn::Abs(z_im)); }

  // One step; the lanes that escaped, and those that may need more than the next step.
  HWY_INLINE M step(const double* reference, V pixel, V least, VI last, M& escaped, M& rebased) {
    const D d;
    const I i;
    if constexpr (kDerivative) {
      const V t_re = hn::Add(s_re, s_re), t_im = hn::Add(s_im, s_im);
      const V next = hn::MulSub(t_re, d_re, hn::Mul(t_im, d_im));
      d_im = hn::MulAdd(t_re, d_im, hn::Mul(t_im, d_re));
      d_re = hn::Add(next, pixel);
    }
    const V a_re = hn::Add(r_re, s_re), a_im = hn::Add(r_im, s_im);
    const V next = hn::MulSub(a_re, z_re, hn::Mul(a_im, z_im));
    z_im = hn::Add(hn::MulAdd(a_re, z_im, hn::Mul(a_im, z_re)), c_im);
    z_re = hn::Add(next, c_re);
    m = hn::Add(m, hn::Set(i, 1));
    left = hn::Sub(left, hn::Set(i, 1));
    look_up(reference);
    norm = hn::MulAdd(s_re, s_re, hn::Mul(s_im, s_im));
    escaped = hn::Gt(norm, hn::Set(d, 4.0));
    const V now = size(), sum = hn::Add(hn::Abs(s_re), hn::Abs(s_im));
    rebased = hn::Or(hn::RebindMask(d, hn::Eq(m, last)), hn::Lt(sum, now));
    const M ended = hn::Or(hn::RebindMask(d, hn::Eq(left, hn::Zero(i))), hn::Lt(now, least));
    return hn::Or(hn::Or(escaped, rebased), ended);
  }

  // Begins the reference again where z has grown larger than the sum, or the reference ends.
  HWY_INLINE void rebase(M lanes) {
    const I i;
    z_re = hn::IfThenElse(lanes, s_re, z_re), z_im = hn::IfThenElse(lanes, s_im, z_im);
    m = hn::IfThenZeroElse(hn::RebindMask(i, lanes), m);
    r_re = hn::IfThenZeroElse(lanes, r_re), r_im = hn::IfThenZeroElse(lanes, r_im);
  }
};

template <bool kDerivative>
bool Advance(const LaneReference& shared, LaneOrbit* orbits, std::size_t n_orbits, const tasks::StopToken& stop) {
  const D d;
  const I i;
  const std::size_t n_lanes = hn::Lanes(d);
  const auto* reference = reinterpret_cast<const double*>(shared.values);
  const V pixel = hn::Set(d, shared.pixel), least = hn::Set(d, shared.least);
  const VI last = hn::Set(i, shared.last);

  Lanes lanes;
  Flight<kDerivative> flights[kVectors];
  std::size_t next = 0, n_active = 0;
  for (std::size_t lane = 0; lane < n_lanes * kVectors && next < n_orbits; ++lane, ++next, ++n_active)
    lanes.put(lane, orbits[next], next, shared.limit);
  for (std::size_t u = 0; u < kVectors; ++u) flights[u].load(lanes, u * n_lanes, reference);

  for (int steps = 0; n_active > 0; ++steps) {
    if (steps % kStepsBetweenPolls == 0 && stop.requested()) return false;
    M escaped[kVectors], rebased[kVectors];
    M special = flights[0].step(reference, pixel, least, last, escaped[0], rebased[0]);
    for (std::size_t u = 1; u < kVectors; ++u)
      special = hn::Or(special, flights[u].step(reference, pixel, least, last, escaped[u], rebased[u]));
    if (hn::AllFalse(d, special)) continue;
    for (std::size_t u = 0; u < kVectors; ++u) {
      Flight<kDerivative>& flight = flights[u];
      const std::size_t at = u * n_lanes;
      const M active = hn::RebindMask(d, hn::Ne(hn::Load(i, lanes.active + at), hn::Zero(i)));
      flight.rebase(hn::AndNot(hn::And(escaped[u], active), rebased[u]));  // idle lanes always, or they would pass the reference's end
      const M ended = hn::Or(hn::RebindMask(d, hn::Eq(flight.left, hn::Zero(i))), hn::Lt(flight.size(), least));
      const M leaving = hn::And(active, hn::Or(escaped[u], ended));
      if (hn::AllFalse(d, leaving)) continue;
      flight.store(lanes, at);
      alignas(64) double leaves[8], escapes[8];
      hn::Store(hn::IfThenElse(leaving, hn::Set(d, 1), hn::Zero(d)), d, leaves);
      hn::Store(hn::IfThenElse(escaped[u], hn::Set(d, 1), hn::Zero(d)), d, escapes);
      for (std::size_t k = 0; k < n_lanes; ++k) {
        if (leaves[k] == 0) continue;
        lanes.take(at + k, orbits[lanes.orbit[at + k]], shared.limit, escapes[k] != 0);
        if (next < n_orbits) lanes.put(at + k, orbits[next], next, shared.limit), ++next;
        else --n_active;
      }
      flight.load(lanes, at, reference);
    }
  }
  return true;
}

bool AdvanceInLanes(const LaneReference& shared, LaneOrbit* orbits, std::size_t n, const tasks::StopToken& stop) {
  return shared.derivative ? Advance<true>(shared, orbits, n, stop) : Advance<false>(shared, orbits, n, stop);
}

}  // namespace shoal::workloads::mandelbrot::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::workloads::mandelbrot {
HWY_EXPORT(AdvanceInLanes);

bool advance_in_lanes(const LaneReference& reference, std::span<LaneOrbit> orbits, const tasks::StopToken& stop) {
  return HWY_DYNAMIC_DISPATCH(AdvanceInLanes)(reference, orbits.data(), orbits.size(), stop);
}

}  // namespace shoal::workloads::mandelbrot
#endif
