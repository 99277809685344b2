// SPDX-License-Identifier: Apache-2.0
// Points on their way to an escape, and how lanes of them move from list to list.
#ifndef SHOAL_KERNELS_ESCAPE_POOL_LIST
#define SHOAL_KERNELS_ESCAPE_POOL_LIST
#include <hwy/aligned_allocator.h>

#include <cstdint>
#include <memory>

#include "shoal/kernels/escape_time.hpp"

namespace shoal::kernels {

// Compressing stores write whole vectors, hence the space behind the last one.
struct EscapeList {
  static constexpr std::size_t kCapacity = kEscapePoints + 64;
  hwy::AlignedFreeUniquePtr<double[]> c_real, c_imag, x, y;
  hwy::AlignedFreeUniquePtr<double[]> old_x, old_y;  // where periods are looked for: z at an earlier pass
  hwy::AlignedFreeUniquePtr<std::uint64_t[]> place;  // in the answers
  std::size_t size = 0;

  EscapeList() {
    for (auto* array : {&c_real, &c_imag, &x, &y, &old_x, &old_y}) *array = hwy::AllocateAligned<double>(kCapacity);
    place = hwy::AllocateAligned<std::uint64_t>(kCapacity);
  }
};

}  // namespace shoal::kernels
#endif

#if defined(SHOAL_KERNELS_ESCAPE_POOL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_KERNELS_ESCAPE_POOL_INL_H_
#undef SHOAL_KERNELS_ESCAPE_POOL_INL_H_
#else
#define SHOAL_KERNELS_ESCAPE_POOL_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/escape_step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

using U = hn::RebindToUnsigned<D>;

// The lanes of `left`, with the answers at place, place + 1, ..., go to the end of a list.
HWY_INLINE void add_lanes(EscapeList& list, V c_real, V c_imag, V x, V y, M left, std::uint64_t place) {
  const D d;
  const U u;
  const std::size_t to = list.size;
  hn::CompressStore(c_real, left, d, list.c_real.get() + to);
  hn::CompressStore(c_imag, left, d, list.c_imag.get() + to);
  hn::CompressStore(x, left, d, list.x.get() + to);
  hn::CompressStore(y, left, d, list.y.get() + to);
  list.size += hn::CompressStore(hn::Iota(u, place), hn::RebindMask(u, left), u, list.place.get() + to);
}

// Fills the last group of so many with points that never escape.
template <bool Periods>
void pad(EscapeList& list, std::size_t group) {
  for (std::size_t i = list.size; i % group != 0; ++i) {
    list.c_real[i] = list.c_imag[i] = list.x[i] = list.y[i] = 0;
    list.place[i] = 0;
    if (Periods) list.old_x[i] = list.old_y[i] = 0;
  }
}

// The lanes of `left` of the vector at `from` go to `to`; returns how many.
template <bool Periods>
HWY_INLINE std::size_t move_lanes(EscapeList& pool, V c_real, V c_imag, V x, V y, M left, std::size_t from, std::size_t to) {
  const D d;
  const U u;
  const auto place = hn::Load(u, pool.place.get() + from);
  if constexpr (Periods) {
    const V old_x = hn::Load(d, pool.old_x.get() + from), old_y = hn::Load(d, pool.old_y.get() + from);
    hn::CompressStore(old_x, left, d, pool.old_x.get() + to);
    hn::CompressStore(old_y, left, d, pool.old_y.get() + to);
  }
  hn::CompressStore(c_real, left, d, pool.c_real.get() + to);
  hn::CompressStore(c_imag, left, d, pool.c_imag.get() + to);
  hn::CompressStore(x, left, d, pool.x.get() + to);
  hn::CompressStore(y, left, d, pool.y.get() + to);
  return hn::CompressStore(place, hn::RebindMask(u, left), u, pool.place.get() + to);
}

HWY_INLINE void take_out(EscapeList& pool, EscapeList& escaped, M out, std::size_t from) {
  const D d;
  const U u;
  const std::size_t to = escaped.size;
  hn::CompressStore(hn::Load(d, pool.c_real.get() + from), out, d, escaped.c_real.get() + to);
  hn::CompressStore(hn::Load(d, pool.c_imag.get() + from), out, d, escaped.c_imag.get() + to);
  hn::CompressStore(hn::Load(d, pool.x.get() + from), out, d, escaped.x.get() + to);
  hn::CompressStore(hn::Load(d, pool.y.get() + from), out, d, escaped.y.get() + to);
  escaped.size += hn::CompressStore(hn::Load(u, pool.place.get() + from), hn::RebindMask(u, out), u, escaped.place.get() + to);
}

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
