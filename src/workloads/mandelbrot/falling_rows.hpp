// SPDX-License-Identifier: Apache-2.0
// Rows of a field from the top of the picture down, read some at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "workloads/mandelbrot/color_scale.hpp"

namespace shoal::workloads::mandelbrot {

class FallingRows {
 public:
  explicit FallingRows(const PictureField& field) : field_(field), first_(field.rows) {}

  // Valid until the next call. Rows are asked for in falling order, none twice but the last.
  std::span<const double> row(std::uint64_t row) {
    if (row < first_) {
      const std::uint64_t together = std::max<std::uint64_t>(field_.rows_together, 1);
      const std::uint64_t end = std::min(first_, field_.rows);
      first_ = row / together * together;
      values_.resize((end - first_) * field_.columns);
      field_.read(first_, end - first_, values_);
    }
    return std::span<const double>(values_).subspan((row - first_) * field_.columns, field_.columns);
  }

 private:
  const PictureField& field_;
  std::uint64_t first_;
  std::vector<double> values_;
};

}  // namespace shoal::workloads::mandelbrot
