// SPDX-License-Identifier: Apache-2.0
// The coordinate in which models see a numeric parameter: the value, or its logarithm; of normal distributions on request
// the share of probability below it, at kSpread = 2 times the deviation. In that coordinate every parameter is bounded. (With
// an unbounded one, the ratio of two mixtures grows for ever outward, since the few good points have the wider kernels, and
// proposals in several dimensions run away: measured with priors6 of tests/benchmarks/search_quality.cpp.)
#pragma once

#include <span>
#include <utility>

#include "shoal/search/distribution.hpp"

namespace shoal::search {

class Latent {
 public:
  // Not for the shape `options`. The distribution must outlive the object. `shares`: see above.
  explicit Latent(const Distribution& prior, bool shares);

  // The coordinate of a value. Where the logarithm of a rounded value would be that of zero, a point inside its cell.
  double of(double value) const;
  void of(std::span<const double> values, std::span<double> coordinates) const;
  // The value that may be proposed and is nearest to a coordinate.
  double value(double coordinate) const;
  void values(std::span<const double> coordinates, std::span<double> values) const;

  // Values are multiples of a step: each stands for the coordinates of a cell.
  bool stepped() const { return step_ > 0; }
  std::pair<double, double> cell(double value) const;
  void cells(std::span<const double> values, std::span<double> low, std::span<double> high) const;
  // The width of all cells but those at the ends; 0 if they differ, as in a logarithm.
  double cell_width() const { return shares_ || prior_->logarithmic ? 0 : step_; }

  // Bounds, their middle and their distance. Normal, without shares: -inf, inf, mean and deviation.
  bool bounded() const { return bounded_; }
  double low() const { return low_; }
  double high() const { return high_; }
  double centre() const { return centre_; }
  double width() const { return width_; }

 private:
  void to_coordinates(std::span<double> values) const;

  const Distribution* prior_;
  double step_;
  bool bounded_, shares_;
  double low_, high_, centre_, width_;
};

}  // namespace shoal::search
