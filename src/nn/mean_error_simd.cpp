// SPDX-License-Identifier: Apache-2.0
#include "nn/mean_error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/mean_error_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nn/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal::nn::HWY_NAMESPACE {

template <class Function>
HWY_INLINE void add_errors(const LossBlock b, const Function& f) {
  const Block y = b.outputs;
  const V share = hn::Set(F(), 1.0f / static_cast<float>(y.rows));
  for (std::int64_t part = 0; part < 16; part += kVector) {
    V sum = hn::LoadU(F(), b.sums + part);
    for (std::int64_t row = 0; row < y.rows * y.stride; row += y.stride) {
      const float* outputs = y.values + row;
      const float* targets = b.targets + row;
      const auto value = [&](std::int64_t j) HWY_ATTR {
        return hn::Mul(f(hn::Sub(hn::LoadU(F(), outputs + j), hn::LoadU(F(), targets + j))), share);
      };
      std::int64_t j = part;
      for (; j + kVector <= b.n_valid; j += 16) sum = hn::Add(sum, value(j));
      if (j < b.n_valid) sum = hn::IfThenElse(valid_lanes(j, b.n_valid), hn::Add(sum, value(j)), sum);
    }
    hn::StoreU(sum, F(), b.sums + part);
  }
}

void AddAbsoluteErrors(const LossBlock& b) {
  add_errors(b, [](V error) HWY_ATTR { return hn::Abs(error); });
}

void AddSquaredErrors(const LossBlock& b) {
  add_errors(b, [](V error) HWY_ATTR { return hn::Mul(error, error); });
}

}  // namespace shoal::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace shoal::nn {
HWY_EXPORT(AddAbsoluteErrors);
HWY_EXPORT(AddSquaredErrors);

namespace {

template <class Function>
void add_errors_reference(const LossBlock& b, const Function& f) {
  const float share = 1.0f / static_cast<float>(b.outputs.rows);
  for (std::int64_t r = 0; r < b.outputs.rows; ++r) {
    for (std::int64_t j = 0; j < b.n_valid; ++j) {
      b.sums[j % 16] += f(b.outputs.row(r)[j] - b.targets[r * b.outputs.stride + j]) * share;
    }
  }
}

}  // namespace

void add_absolute_errors(const LossBlock& b) { HWY_DYNAMIC_DISPATCH(AddAbsoluteErrors)(b); }
void add_squared_errors(const LossBlock& b) { HWY_DYNAMIC_DISPATCH(AddSquaredErrors)(b); }

void add_absolute_errors_reference(const LossBlock& b) {
  add_errors_reference(b, [](float error) { return std::fabs(error); });
}

void add_squared_errors_reference(const LossBlock& b) {
  add_errors_reference(b, [](float error) { return error * error; });
}
}  // namespace shoal::nn
#endif
