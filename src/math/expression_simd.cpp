// SPDX-License-Identifier: Apache-2.0
// The kernels of formulas: one loop over a block for each operation, compiled for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/expression_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstddef>

#include "math/expression_program.hpp"
#include "math/math-inl.h"
#include "math/widened-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::math::HWY_NAMESPACE {

template <class D, class M>
HWY_INLINE hn::Vec<D> truth(D d, M mask) {
  return hn::IfThenElseZero(mask, hn::Set(d, hn::TFromD<D>{1}));
}

// Anything but 0; NaN is. (hn::Ne would be false for NaN.)
template <class D, class V>
HWY_INLINE auto is_true(D d, V x) {
  return hn::Not(hn::Eq(x, hn::Zero(d)));
}

// clang-format off
template <class D, class V> HWY_INLINE V add(D, V a, V b) { return hn::Add(a, b); }
template <class D, class V> HWY_INLINE V subtract(D, V a, V b) { return hn::Sub(a, b); }
template <class D, class V> HWY_INLINE V product(D, V a, V b) { return hn::Mul(a, b); }
template <class D, class V> HWY_INLINE V quotient(D, V a, V b) { return hn::Div(a, b); }
template <class D, class V> HWY_INLINE V product_add(D, V a, V b, V c) { return hn::Add(hn::Mul(a, b), c); }
template <class D, class V> HWY_INLINE V product_subtract(D, V a, V b, V c) { return hn::Sub(hn::Mul(a, b), c); }
template <class D, class V> HWY_INLINE V subtract_product(D, V a, V b, V c) { return hn::Sub(c, hn::Mul(a, b)); }
template <class D, class V> HWY_INLINE V minus(D, V a) { return hn::Neg(a); }
template <class D, class V> HWY_INLINE V logical_not(D d, V a) { return truth(d, hn::Not(is_true(d, a))); }
template <class D, class V> HWY_INLINE V less(D d, V a, V b) { return truth(d, hn::Lt(a, b)); }
template <class D, class V> HWY_INLINE V less_equal(D d, V a, V b) { return truth(d, hn::Le(a, b)); }
template <class D, class V> HWY_INLINE V equal(D d, V a, V b) { return truth(d, hn::Eq(a, b)); }
template <class D, class V> HWY_INLINE V not_equal(D d, V a, V b) { return truth(d, hn::Not(hn::Eq(a, b))); }
template <class D, class V> HWY_INLINE V logical_and(D d, V a, V b) { return truth(d, hn::And(is_true(d, a), is_true(d, b))); }
template <class D, class V> HWY_INLINE V logical_or(D d, V a, V b) { return truth(d, hn::Or(is_true(d, a), is_true(d, b))); }
template <class D, class V> HWY_INLINE V choose(D d, V c, V a, V b) { return hn::IfThenElse(is_true(d, c), a, b); }
template <class D, class V> HWY_INLINE V absolute(D, V a) { return hn::Abs(a); }
template <class D, class V> HWY_INLINE V floor(D, V a) { return hn::Floor(a); }
template <class D, class V> HWY_INLINE V ceil(D, V a) { return hn::Ceil(a); }
template <class D, class V> HWY_INLINE V round(D, V a) { return hn::Round(a); }
template <class D, class V> HWY_INLINE V trunc(D, V a) { return hn::Trunc(a); }
// clang-format on

// The smaller; the first of equals; NaN if either is.
template <class D, class V>
HWY_INLINE V minimum(D d, V a, V b) {
  return unless_nan(d, a, hn::IfThenElse(hn::Not(hn::Le(a, b)), b, a));
}

template <class D, class V>
HWY_INLINE V maximum(D d, V a, V b) {
  return unless_nan(d, a, hn::IfThenElse(hn::Not(hn::Ge(a, b)), b, a));
}

// -1, 0 (of either sign, kept) or 1.
template <class D, class V>
HWY_INLINE V sign(D d, V a) {
  const V one = hn::CopySign(hn::Set(d, hn::TFromD<D>{1}), a);
  return unless_nan(d, a, hn::IfThenElse(is_true(d, a), one, a));
}

// One block of an operation of 1, 2 or 3 arguments. The cheap ones take two vectors a turn, which halves the
// loop's own cost; a block is a multiple of two vectors of any target.
#define OPERATION(arguments, name, text) SHOAL_KERNEL_##arguments(name)
#define SHOAL_KERNEL_1(name)                                                                                \
  template <typename T>                                                                                     \
  HWY_NOINLINE void name##_block(const T* a, const T*, const T*, T* out, std::size_t n) {                   \
    const hn::ScalableTag<T> d;                                                                             \
    for (std::size_t i = 0; i < n; i += hn::Lanes(d)) hn::StoreU(name(d, hn::LoadU(d, a + i)), d, out + i); \
  }
#define SHOAL_KERNEL_2(name)                                                                \
  template <typename T>                                                                     \
  HWY_NOINLINE void name##_block(const T* a, const T* b, const T*, T* out, std::size_t n) { \
    const hn::ScalableTag<T> d;                                                             \
    constexpr std::size_t step = hn::MaxLanes(hn::ScalableTag<T>());                        \
    for (std::size_t i = 0; i < n; i += 2 * step) {                                         \
      const auto first = name(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i));                 \
      const auto second = name(d, hn::LoadU(d, a + i + step), hn::LoadU(d, b + i + step));  \
      hn::StoreU(first, d, out + i);                                                        \
      hn::StoreU(second, d, out + i + step);                                                \
    }                                                                                       \
  }
#define SHOAL_KERNEL_3(name)                                                                      \
  template <typename T>                                                                           \
  HWY_NOINLINE void name##_block(const T* a, const T* b, const T* c, T* out, std::size_t n) {     \
    const hn::ScalableTag<T> d;                                                                   \
    constexpr std::size_t step = hn::MaxLanes(hn::ScalableTag<T>());                              \
    for (std::size_t i = 0; i < n; i += 2 * step) {                                               \
      const std::size_t j = i + step;                                                             \
      const auto first = name(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, c + i));  \
      const auto second = name(d, hn::LoadU(d, a + j), hn::LoadU(d, b + j), hn::LoadU(d, c + j)); \
      hn::StoreU(first, d, out + i);                                                              \
      hn::StoreU(second, d, out + j);                                                             \
    }                                                                                             \
  }
#include "math/expression_operations.def"
#undef OPERATION
#undef SHOAL_KERNEL_1
#undef SHOAL_KERNEL_2
#undef SHOAL_KERNEL_3

// NaNs are rare: values are read, and written only where there is one.
template <typename T>
HWY_INLINE void make_canonical(T* values, std::size_t n) {
  const hn::ScalableTag<T> d;
  auto nans = hn::FirstN(d, 0);
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) nans = hn::Or(nans, hn::IsNaN(hn::LoadU(d, values + i)));
  if (HWY_LIKELY(hn::AllFalse(d, nans))) return;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto x = hn::LoadU(d, values + i);
    hn::StoreU(unless_nan(d, x, x), d, values + i);
  }
}

template <typename T>
HWY_INLINE void run_instructions(const Instruction* begin, const Instruction* end, T* const* slots, std::size_t n, T* result) {
  using Kernel = void (*)(const T*, const T*, const T*, T*, std::size_t);
  static constexpr Kernel kernels[] = {
#define OPERATION(arguments, name, text) name##_block<T>,
#include "math/expression_operations.def"
#undef OPERATION
  };
  for (const Instruction* i = begin; i != end; ++i) {
    T* out = i + 1 == end ? result : slots[i->out];
    kernels[static_cast<std::size_t>(i->operation)](slots[i->a], slots[i->b], slots[i->c], out, n);
  }
}

void run_double(const Instruction* begin, const Instruction* end, double* const* slots, std::size_t n, double* result) {
  run_instructions<double>(begin, end, slots, n, result);
  make_canonical(result, n);
}
void run_single(const Instruction* begin, const Instruction* end, float* const* slots, std::size_t n, float* result) {
  run_instructions<float>(begin, end, slots, n, result);
  make_canonical(result, n);
}

// Points begin ... begin + n - 1 of a grid.
HWY_INLINE void place_points(const Grid& grid, std::size_t begin, std::size_t n, double* x) {
  const hn::ScalableTag<double> d;
  const auto step = hn::Set(d, grid.step), lanes = hn::Set(d, static_cast<double>(hn::Lanes(d)));
  auto index = hn::Add(hn::Iota(d, 0), hn::Set(d, grid.start + static_cast<double>(begin)));
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    hn::Store(hn::Mul(index, step), d, x + i);
    index = hn::Add(index, lanes);
  }
  if (grid.origin == 0 && grid.width == 1) return;
  const auto origin = hn::Set(d, grid.origin), width = hn::Set(d, grid.width);
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) hn::Store(hn::Add(origin, hn::Mul(hn::Load(d, x + i), width)), d, x + i);
}

// columns[i % 32] += term(values[i])
template <class Term>
HWY_INLINE void add_terms(const double* values, std::size_t n, double* columns, Term term) {
  const hn::ScalableTag<double> d;
  constexpr std::size_t width = hn::MaxLanes(d), vectors = 32 / width;
  hn::Vec<decltype(d)> sums[vectors];
  for (std::size_t v = 0; v < vectors; ++v) sums[v] = hn::LoadU(d, columns + v * width);
  for (std::size_t i = 0; i < n; i += 32)
    for (std::size_t v = 0; v < vectors; ++v) sums[v] = hn::Add(sums[v], term(hn::Load(d, values + i + v * width)));
  for (std::size_t v = 0; v < vectors; ++v) hn::StoreU(sums[v], d, columns + v * width);
}

HWY_INLINE void add_values(const double* values, double scale, std::size_t n, double* columns) {
  const auto factor = hn::Set(hn::ScalableTag<double>(), scale);
  if (scale == 1) add_terms(values, n, columns, [](auto value) HWY_ATTR { return value; });
  else add_terms(values, n, columns, [factor](auto value) HWY_ATTR { return hn::Mul(value, factor); });
}

// The values of a block are added after the instructions of the next one: what waits for a division keeps the processor from looking
// ahead to what does not.
void grid_kernel(const Instruction* begin, const Instruction* end, double* const* slots, double* const* results, const Grid& grid,
                 std::size_t n, std::size_t block, double* columns) {
  for (std::size_t i = 0, turn = 0; i < n; i += block, turn = 1 - turn) {
    place_points(grid, i, block, slots[0]);
    run_instructions<double>(begin, end, slots, block, results[turn]);
    if (i > 0) add_values(results[1 - turn], grid.scale, block, columns);
    if (i + block >= n) add_values(results[turn], grid.scale, block, columns);
  }
}

// The same where the result is the variable or a constant.
void plain_grid_kernel(double* x, const double* result, const Grid& grid, std::size_t n, std::size_t block, double* columns) {
  for (std::size_t i = 0; i < n; i += block) {
    place_points(grid, i, block, x);
    add_values(result, grid.scale, block, columns);
  }
}

}  // namespace shoal::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

namespace shoal::math {

HWY_EXPORT(run_double);
HWY_EXPORT(run_single);
HWY_EXPORT(grid_kernel);
HWY_EXPORT(plain_grid_kernel);

void run_block(std::span<const Instruction> instructions, const std::vector<double*>& slots, std::size_t n, double* result) {
  HWY_DYNAMIC_DISPATCH(run_double)
  (instructions.data(), instructions.data() + instructions.size(), slots.data(), n, result);
}
void run_block(std::span<const Instruction> instructions, const std::vector<float*>& slots, std::size_t n, float* result) {
  HWY_DYNAMIC_DISPATCH(run_single)
  (instructions.data(), instructions.data() + instructions.size(), slots.data(), n, result);
}

void add_grid(const Program& program, const std::vector<double*>& slots, const std::array<double*, 2>& results, const Grid& grid,
              std::size_t n, std::size_t block, double* columns) {
  const Instruction* first = program.instructions.data();
  const Instruction* last = first + program.instructions.size();
  if (first == last) HWY_DYNAMIC_DISPATCH(plain_grid_kernel)(slots[0], slots[program.result], grid, n, block, columns);
  else HWY_DYNAMIC_DISPATCH(grid_kernel)(first, last, slots.data(), results.data(), grid, n, block, columns);
}

double apply(Operation operation, double a, double b, double c) {
  constexpr std::size_t n = block_unit;
  double blocks[4][n];
  std::fill_n(blocks[0], n, a);
  std::fill_n(blocks[1], n, b);
  std::fill_n(blocks[2], n, c);
  const Instruction instruction = {operation, 3, 0, 1, 2};
  run_block({&instruction, 1}, {blocks[0], blocks[1], blocks[2], blocks[3]}, n, blocks[3]);
  return blocks[3][0];
}

}  // namespace shoal::math
#endif
