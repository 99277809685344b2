// SPDX-License-Identifier: Apache-2.0
// The orbit of the centre of a deep zoom, computed with all digits and kept as doubles:
//   Z_0 = 0, Z_{m+1} = Z_m^2 + C.
// Time: max_iterations multiplications of numbers of that precision, three for each step. Memory: 16 bytes a step.
#pragma once

#include <cstdint>
#include <vector>

#include "shoal/tasks/job.hpp"
#include "workloads/mandelbrot/deep_view.hpp"
#include "workloads/mandelbrot/scaled.hpp"

namespace shoal::workloads::mandelbrot {

class ReferenceOrbit {
 public:
  // Z_0 .. Z_last: until |Z| > 1024, or kTail steps behind max_iterations. The bound is beyond all bailout radii: a pixel
  // that is still to be iterated when its reference ends is then far from it, and leaves it without losing digits.
  ReferenceOrbit(const DeepView& view, std::int64_t max_iterations) : ReferenceOrbit(view, max_iterations, tasks::StopToken()) {}

  // The same, given up if the stop token asks for it: then last() is negative.
  ReferenceOrbit(const DeepView& view, std::int64_t max_iterations, const tasks::StopToken& stop);

  // As bytes, for other ranks.
  tasks::Bytes bytes() const;
  explicit ReferenceOrbit(tasks::ByteView bytes);

  std::int64_t last() const { return static_cast<std::int64_t>(values_.size()) - 1; }

  // The first m with |Z_m| > 2, or last() if there is none.
  std::int64_t escape() const { return escape_; }

  PlainComplex operator[](std::int64_t m) const { return values_[static_cast<std::size_t>(m)]; }
  const PlainComplex* values() const { return values_.data(); }

  // Z_m where it may be below the range of doubles.
  ScaledComplex scaled(std::int64_t m) const;

  static constexpr std::int64_t kTail = 64;

 private:
  // Values with |re| + |im| < 2^-500 once more, since doubles hold few of their digits, or none.
  struct Small {
    std::int64_t index = 0;
    double re_mantissa = 0, im_mantissa = 0;
    std::int64_t re_exponent = 0, im_exponent = 0;
  };
  void append(const BigFloat& x, const BigFloat& y);

  std::vector<PlainComplex> values_;
  std::vector<Small> small_;
  std::int64_t escape_ = 0;
};

}  // namespace shoal::workloads::mandelbrot
