// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace shoal::search {

// The x with a share u of the standard normal distribution below it, 0 < u < 1: algorithm AS 241, PPND16 (Wichura,
// Applied Statistics 37, 477-484, 1988), relative error about 1e-16.
double normal_quantile(double u);
// x[i] of u[i], with the same bits; many at once are faster.
void normal_quantiles(std::span<const double> u, std::span<double> x);

// The share of the standard normal distribution between a and b, a <= b (either may be infinite), accurate in both tails.
double normal_mass(double a, double b);

}  // namespace shoal::search
