// SPDX-License-Identifier: Apache-2.0
// Reduction of a huge angle modulo pi/2 in integers (Payne and Hanek, SIGNUM Newsletter 18, 1983).
#pragma once

namespace shoal::math {

struct ReducedAngle {
  double quadrant;  // 0, 1, 2 or 3
  double hi, lo;    // the rest, |hi + lo| <= pi/4, relative error below 2^-70
};

// For any finite |x| >= 2^30; zeros for infinities and NaN.
ReducedAngle reduce_payne_hanek(double x) noexcept;

}  // namespace shoal::math
