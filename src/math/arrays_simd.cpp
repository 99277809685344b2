// SPDX-License-Identifier: Apache-2.0
// The functions of arrays, compiled for each target and chosen at run time. A rest shorter than a vector goes
// through a buffer padded with ones: lanes do not depend on each other.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/arrays_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>

#include "math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

#define SHOAL_MATH_UNARY(name, type)                                                     \
  void name##_##type##_array(const type* x, type* y, std::size_t n) {                    \
    const hn::ScalableTag<type> d;                                                       \
    const std::size_t step = hn::Lanes(d);                                               \
    std::size_t i = 0;                                                                   \
    for (; i + step <= n; i += step) hn::StoreU(name(d, hn::LoadU(d, x + i)), d, y + i); \
    if (i == n) return;                                                                  \
    HWY_ALIGN type rest[hn::MaxLanes(d)];                                                \
    std::fill_n(rest, step, type{1});                                                    \
    std::copy_n(x + i, n - i, rest);                                                     \
    hn::Store(name(d, hn::Load(d, rest)), d, rest);                                      \
    std::copy_n(rest, n - i, y + i);                                                     \
  }
#define SHOAL_MATH_BINARY(name, type)                                                \
  void name##_##type##_array(const type* x, const type* y, type* z, std::size_t n) { \
    const hn::ScalableTag<type> d;                                                   \
    const std::size_t step = hn::Lanes(d);                                           \
    std::size_t i = 0;                                                               \
    for (; i + step <= n; i += step)                                                 \
      hn::StoreU(name(d, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, z + i);       \
    if (i == n) return;                                                              \
    HWY_ALIGN type first[hn::MaxLanes(d)];                                           \
    HWY_ALIGN type second[hn::MaxLanes(d)];                                          \
    std::fill_n(first, step, type{1});                                               \
    std::fill_n(second, step, type{1});                                              \
    std::copy_n(x + i, n - i, first);                                                \
    std::copy_n(y + i, n - i, second);                                               \
    hn::Store(name(d, hn::Load(d, first), hn::Load(d, second)), d, first);           \
    std::copy_n(first, n - i, z + i);                                                \
  }
#include "math/functions.def"
#undef SHOAL_MATH_UNARY
#undef SHOAL_MATH_BINARY

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "shoal/math/functions.hpp"

namespace shoal::math {

#define SHOAL_MATH_UNARY(name, type)                                           \
  HWY_EXPORT(name##_##type##_array);                                           \
  void name(std::span<const type> x, std::span<type> y) {                      \
    assert(x.size() == y.size());                                              \
    HWY_DYNAMIC_DISPATCH(name##_##type##_array)(x.data(), y.data(), x.size()); \
  }
#define SHOAL_MATH_BINARY(name, type)                                                    \
  HWY_EXPORT(name##_##type##_array);                                                     \
  void name(std::span<const type> x, std::span<const type> y, std::span<type> z) {       \
    assert(x.size() == y.size() && x.size() == z.size());                                \
    HWY_DYNAMIC_DISPATCH(name##_##type##_array)(x.data(), y.data(), z.data(), x.size()); \
  }
#include "math/functions.def"
#undef SHOAL_MATH_UNARY
#undef SHOAL_MATH_BINARY

}  // namespace shoal::math
#endif
