// SPDX-License-Identifier: Apache-2.0
// The adaptive map of VEGAS: each axis of the unit cube is cut into increments that adapt so that each carries the same share of
// the variance. y in [0, 1] is uniform, x(y) linear within an increment.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shoal::workloads::integrate {

// Mean squares in the increments (axis, increment) from pairs (sum of weighted squares, sum of weights). A mean does not carry the noise
// of how many samples an increment got, which is most of what 10 samples know. An increment without samples takes the mean before it
// on its axis.
std::vector<double> training_means(std::span<const double> pairs, std::size_t n_axes);

class VegasMap {
 public:
  VegasMap(int dimension, std::int64_t increments);
  VegasMap(std::vector<double> edges, std::int64_t increments);

  const std::vector<double>& edges() const { return edges_; }  // (axis, increment + 1)
  std::int64_t increments() const { return increments_; }

  // x of y on an axis, in place; bins[i] becomes the increment, jacobian[i] is multiplied by dx/dy.
  void apply(std::size_t axis, std::span<double> y, std::span<std::int32_t> bins, std::span<double> jacobian) const;

  // Moves the edges. training (axis, increment): the mean of (f dx/dy)^2 in each increment; alpha: damping, 0 none moves.
  // G. P. Lepage, J. Comput. Phys. 439, 110386 (2021), equations 16 to 22. `effective`: how many samples of equal weight would say as
  // much; with few of them the map moves less. Sums that are not finite leave it where it is.
  void adapt(std::span<const double> training, double alpha, double effective);

 private:
  std::int64_t increments_;
  std::vector<double> edges_;
};

}  // namespace shoal::workloads::integrate
