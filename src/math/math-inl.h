// SPDX-License-Identifier: Apache-2.0
// All elementary functions as templates over Highway vectors, for kernels that use them inside their own
// loops.
//
// Include it after foreach_target.h (or without it, for the static target AVX2) and call
// shoal::math::HWY_NAMESPACE::exp(d, x), where d is any tag of f64 or f32 lanes. A kernel's tails may use
// narrower tags, and scalar twins CappedTag<T, 1>: every lane gives the same bits on every target.
//
//   f64: exp exp2 expm1 log log2 log10 log1p pow sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh
//   atanh
//        cbrt hypot erf erfc tgamma lgamma, sincos_turns (sin and cos of 2 pi v)
//   f32: exp log tanh sigmoid erf, sincos_turns
#if defined(SHOAL_MATH_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_MATH_MATH_INL_H_
#undef SHOAL_MATH_MATH_INL_H_
#else
#define SHOAL_MATH_MATH_INL_H_
#endif

#include "math/error-inl.h"
#include "math/exp-inl.h"
#include "math/gamma-inl.h"
#include "math/hyperbolic-inl.h"
#include "math/inverse-inl.h"
#include "math/log-inl.h"
#include "math/power-inl.h"
#include "math/single-inl.h"
#include "math/trig-inl.h"

#endif
