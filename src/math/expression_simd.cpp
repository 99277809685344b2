// SPDX-License-Identifier: Apache-2.0
// The kernels of formulas: one loop over a block for each operation, compiled for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/expression_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstddef>

#include "math/expression_program.hpp"
#include "math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

using LanesF64 = hn::CappedTag<double, block_size>;
using VecF64 = hn::Vec<LanesF64>;

template <class M>
HWY_INLINE VecF64 truth(M mask) {
  return hn::IfThenElseZero(mask, hn::Set(LanesF64(), 1.0));
}

// Anything but 0; NaN is. (hn::Ne would be false for NaN.)
HWY_INLINE auto is_true(VecF64 x) {
  return hn::Not(hn::Eq(x, hn::Zero(LanesF64())));
}

// clang-format off
template <class D> HWY_INLINE VecF64 add(D, VecF64 a, VecF64 b) { return hn::Add(a, b); }
template <class D> HWY_INLINE VecF64 subtract(D, VecF64 a, VecF64 b) { return hn::Sub(a, b); }
template <class D> HWY_INLINE VecF64 product(D, VecF64 a, VecF64 b) { return hn::Mul(a, b); }
template <class D> HWY_INLINE VecF64 quotient(D, VecF64 a, VecF64 b) { return hn::Div(a, b); }
template <class D> HWY_INLINE VecF64 product_add(D, VecF64 a, VecF64 b, VecF64 c) { return hn::Add(hn::Mul(a, b), c); }
template <class D> HWY_INLINE VecF64 product_subtract(D, VecF64 a, VecF64 b, VecF64 c) { return hn::Sub(hn::Mul(a, b), c); }
template <class D> HWY_INLINE VecF64 subtract_product(D, VecF64 a, VecF64 b, VecF64 c) { return hn::Sub(c, hn::Mul(a, b)); }
template <class D> HWY_INLINE VecF64 minus(D, VecF64 a) { return hn::Neg(a); }
template <class D> HWY_INLINE VecF64 logical_not(D, VecF64 a) { return truth(hn::Not(is_true(a))); }
template <class D> HWY_INLINE VecF64 less(D, VecF64 a, VecF64 b) { return truth(hn::Lt(a, b)); }
template <class D> HWY_INLINE VecF64 less_equal(D, VecF64 a, VecF64 b) { return truth(hn::Le(a, b)); }
template <class D> HWY_INLINE VecF64 equal(D, VecF64 a, VecF64 b) { return truth(hn::Eq(a, b)); }
template <class D> HWY_INLINE VecF64 not_equal(D, VecF64 a, VecF64 b) { return truth(hn::Not(hn::Eq(a, b))); }
template <class D> HWY_INLINE VecF64 logical_and(D, VecF64 a, VecF64 b) { return truth(hn::And(is_true(a), is_true(b))); }
template <class D> HWY_INLINE VecF64 logical_or(D, VecF64 a, VecF64 b) { return truth(hn::Or(is_true(a), is_true(b))); }
template <class D> HWY_INLINE VecF64 choose(D, VecF64 c, VecF64 a, VecF64 b) { return hn::IfThenElse(is_true(c), a, b); }
template <class D> HWY_INLINE VecF64 absolute(D, VecF64 a) { return hn::Abs(a); }
template <class D> HWY_INLINE VecF64 floor(D, VecF64 a) { return hn::Floor(a); }
template <class D> HWY_INLINE VecF64 ceil(D, VecF64 a) { return hn::Ceil(a); }
template <class D> HWY_INLINE VecF64 round(D, VecF64 a) { return hn::Round(a); }
template <class D> HWY_INLINE VecF64 trunc(D, VecF64 a) { return hn::Trunc(a); }
// clang-format on

// The smaller; the first of equals; NaN if either is.
template <class D>
HWY_INLINE VecF64 minimum(D d, VecF64 a, VecF64 b) {
  return unless_nan(d, a, hn::IfThenElse(hn::Not(hn::Le(a, b)), b, a));
}

template <class D>
HWY_INLINE VecF64 maximum(D d, VecF64 a, VecF64 b) {
  return unless_nan(d, a, hn::IfThenElse(hn::Not(hn::Ge(a, b)), b, a));
}

// -1, 0 (of either sign, kept) or 1.
template <class D>
HWY_INLINE VecF64 sign(D d, VecF64 a) {
  const VecF64 one = hn::CopySign(hn::Set(d, 1.0), a);
  return unless_nan(d, a, hn::IfThenElse(is_true(a), one, a));
}

// One block of an operation of 1, 2 or 3 arguments. The cheap ones take two vectors a turn, which halves the
// loop's own cost; block_size is a multiple of two vectors of any target.
#define OPERATION(arguments, name, text) SHOAL_KERNEL_##arguments(name)
#define SHOAL_KERNEL_1(name)                                                                   \
  HWY_NOINLINE void name##_block(const double* a, const double*, const double*, double* out) { \
    const LanesF64 d;                                                                          \
    for (std::size_t i = 0; i < block_size; i += hn::Lanes(d))                                 \
      hn::StoreU(name(d, hn::LoadU(d, a + i)), d, out + i);                                    \
  }
#define SHOAL_KERNEL_2(name)                                                                     \
  HWY_NOINLINE void name##_block(const double* a, const double* b, const double*, double* out) { \
    const LanesF64 d;                                                                            \
    constexpr std::size_t n = hn::MaxLanes(LanesF64());                                          \
    for (std::size_t i = 0; i < block_size; i += 2 * n) {                                        \
      const VecF64 first = name(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i));                    \
      const VecF64 second = name(d, hn::LoadU(d, a + i + n), hn::LoadU(d, b + i + n));           \
      hn::StoreU(first, d, out + i);                                                             \
      hn::StoreU(second, d, out + i + n);                                                        \
    }                                                                                            \
  }
#define SHOAL_KERNEL_3(name)                                                                       \
  HWY_NOINLINE void name##_block(const double* a, const double* b, const double* c, double* out) { \
    const LanesF64 d;                                                                              \
    constexpr std::size_t n = hn::MaxLanes(LanesF64());                                            \
    for (std::size_t i = 0; i < block_size; i += 2 * n) {                                          \
      const VecF64 first = name(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, c + i)); \
      const VecF64 second =                                                                        \
          name(d, hn::LoadU(d, a + i + n), hn::LoadU(d, b + i + n), hn::LoadU(d, c + i + n));      \
      hn::StoreU(first, d, out + i);                                                               \
      hn::StoreU(second, d, out + i + n);                                                          \
    }                                                                                              \
  }
#include "math/expression_operations.def"
#undef OPERATION
#undef SHOAL_KERNEL_1
#undef SHOAL_KERNEL_2
#undef SHOAL_KERNEL_3

using Kernel = void (*)(const double*, const double*, const double*, double*);

constexpr Kernel kernels[] = {
#define OPERATION(arguments, name, text) name##_block,
#include "math/expression_operations.def"
#undef OPERATION
};

void run_instructions(const Instruction* begin, const Instruction* end, double* const* slots) {
  for (const Instruction* i = begin; i != end; ++i)
    kernels[static_cast<std::size_t>(i->operation)](slots[i->a], slots[i->b], slots[i->c], slots[i->out]);
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <bit>
#include <cstdint>

namespace shoal::math {

HWY_EXPORT(run_instructions);

void run_block(std::span<const Instruction> instructions, const std::vector<double*>& slots) {
  HWY_DYNAMIC_DISPATCH(run_instructions)
  (instructions.data(), instructions.data() + instructions.size(), slots.data());
}

void store_result(const double* values, double* out, std::size_t n) {
  const auto not_a_number = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
  for (std::size_t i = 0; i < n; ++i) out[i] = values[i] == values[i] ? values[i] : not_a_number;
}

double apply(Operation operation, double a, double b, double c) {
  double blocks[4][block_size];
  std::fill_n(blocks[0], block_size, a);
  std::fill_n(blocks[1], block_size, b);
  std::fill_n(blocks[2], block_size, c);
  const Instruction instruction = {operation, 3, 0, 1, 2};
  run_block({&instruction, 1}, {blocks[0], blocks[1], blocks[2], blocks[3]});
  double value;
  store_result(blocks[3], &value, 1);
  return value;
}

}  // namespace shoal::math
#endif
