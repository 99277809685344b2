// SPDX-License-Identifier: Apache-2.0
// What is done with a piece of points and values before and after the integrand, in vectors as wide as those of formulas: a load that
// spans two narrower stores has to wait until both have reached the cache, and with it everything behind it.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace shoal::workloads::integrate {

// u[i] = (start + i) * step
void place_grid(double start, double step, std::span<double> u);

// So many that no addition waits for the one before.
inline constexpr std::size_t kSumColumns = 32;
using Columns = std::array<double, kSumColumns>;

// columns[i % 32] += values[i], in order; and += (values[i] - mean)^2.
void add_to_columns(std::span<const double> values, Columns& columns);
void add_squares_to_columns(std::span<const double> values, double mean, Columns& columns);

bool all_finite(std::span<const double> values);

}  // namespace shoal::workloads::integrate
