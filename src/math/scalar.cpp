// SPDX-License-Identifier: Apache-2.0
// The functions of one value: the same templates with one lane of the static target.
#include "math/math-inl.h"
#include "shoal/math/functions.hpp"

static_assert(HWY_STATIC_TARGET == HWY_AVX2, "compile with -march=x86-64-v3 -DHWY_DISABLE_PCLMUL_AES");

namespace shoal::math {
namespace lanes = HWY_NAMESPACE;
namespace hn = hwy::HWY_NAMESPACE;

#define SHOAL_MATH_UNARY(name, type)                   \
  type name(type x) noexcept {                         \
    const hn::CappedTag<type, 1> d;                    \
    return hn::GetLane(lanes::name(d, hn::Set(d, x))); \
  }
#define SHOAL_MATH_BINARY(name, type)                                 \
  type name(type x, type y) noexcept {                                \
    const hn::CappedTag<type, 1> d;                                   \
    return hn::GetLane(lanes::name(d, hn::Set(d, x), hn::Set(d, y))); \
  }
#include "math/functions.def"
#undef SHOAL_MATH_UNARY
#undef SHOAL_MATH_BINARY

}  // namespace shoal::math
