// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shoal::workloads::integrate {

inline constexpr std::int64_t kMostCubes = 1 << 20;  // their deviations are kept, and sent once an iteration

// Strata of the unit cube: the first `finer` axes have one more than the others. (With one number for all axes eight dimensions
// would have none below 2048 samples, and then 256 hypercubes at once.)
struct Strata {
  std::int64_t others = 1, finer = 0;

  bool operator==(const Strata&) const = default;
  std::int64_t of(std::size_t axis) const { return static_cast<std::int64_t>(axis) < finer ? others + 1 : others; }
  std::int64_t cubes(int dimension) const {
    std::int64_t product = 1;
    for (int axis = 0; axis < dimension; ++axis) product *= of(static_cast<std::size_t>(axis));
    return product;
  }

  // Hypercubes get 8 samples on average, as far as they can be kept; three quarters of the samples then go where the deviations are.
  static Strata for_samples(std::int64_t samples, int dimension) {
    const std::int64_t most = std::min(kMostCubes, std::max<std::int64_t>(1, samples / 8));
    Strata strata;
    for (std::int64_t cubes = 1;;) {
      cubes = cubes / strata.others * (strata.others + 1);
      if (cubes > most) return strata;
      if (++strata.finer == dimension) strata = {strata.others + 1, 0};
    }
  }
};

// The factor from deviations, whose sum is `total`, to numbers of samples. Those that fall below the least number are raised to it: the
// others pay.
inline double scale_to_samples(std::span<const double> deviations, double total, std::int64_t least, std::int64_t samples) {
  const auto wanted = static_cast<double>(samples);
  double scale = wanted / total;
  for (int pass = 0; pass < 20; ++pass) {
    double sum = 0;
    for (const double deviation : deviations) sum += std::fmax(static_cast<double>(least), deviation * scale);
    if (sum <= 1.005 * wanted) break;
    scale *= wanted / sum;
  }
  return scale;
}

}  // namespace shoal::workloads::integrate
