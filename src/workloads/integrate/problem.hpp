// SPDX-License-Identifier: Apache-2.0
// The integral to compute: a function, a box with finite or infinite sides, and what to do with values that are not finite.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "workloads/integrate/bytes.hpp"
#include "workloads/integrate/integrand.hpp"
#include "workloads/integrate/vegas_map.hpp"

namespace shoal::workloads::integrate {

// Values that were NaN or infinite: how many, and the first point in the order of evaluation.
struct NonFinite {
  std::int64_t count = 0;
  std::vector<double> first;  // its coordinates; empty if there was none

  void add(const NonFinite& other);
  void write(tasks::Bytes& bytes) const;
  static NonFinite read(Reader& reader, int dimension);
};

// A stretch of the line that begins at an anchor, for methods of one dimension: x = anchor + sign * t, 0 <= t < length. Two
// stretches make an interval, one from each end, so that t is exact near singular ends.
struct Stretch {
  double anchor = 0;
  double sign = 1;
  double length = 0;     // up to the middle of the interval, or infinite
  double weight = 1;     // of its integral in the sum
  bool symmetric = false;  // the integrand is f(anchor + t) + f(anchor - t): a principal value
  bool both_ways = false;  // infinite, one half of the whole line
};

class Problem {
 public:
  Problem() = default;
  Problem(std::shared_ptr<const Integrand> integrand, Region region, bool skip_non_finite);

  int dimension() const { return static_cast<int>(region_.lower.size()); }
  const Integrand& integrand() const { return *integrand_; }
  const std::shared_ptr<const Integrand>& shared_integrand() const { return integrand_; }
  const Region& region() const { return region_; }
  bool skips_non_finite() const { return skip_; }

  // The same integral over other points of the cube: a map stretches each axis before anything else is done.
  Problem mapped(VegasMap map) const;
  bool finite() const;    // all sides of the box are
  double volume() const;  // of a finite box

  // values[i] = f(x(u_i)) dx/du at points u of the unit cube: u[k][i] in [0, 1], overwritten by the coordinates of x.
  // Sides are mapped by x = a + u (b - a), a + u / (1 - u), b - (1 - u) / u, v / (1/4 - v^2) with v = u - 1/2.
  // Values that are not finite become 0 and are counted.
  void evaluate(std::span<double* const> u, std::span<double> values, NonFinite& bad) const;

  // values[i] = scale[i] f at t[i] of a stretch, without its weight; 0 where f is 0, whatever the scale. In the first form
  // values may be NaN or infinite; in the second they become 0 and are counted.
  void evaluate(const Stretch& stretch, std::span<const double> t, std::span<const double> scale, std::span<double> values) const;
  void evaluate(const Stretch& stretch, std::span<const double> t, std::span<const double> scale, std::span<double> values,
                NonFinite& bad) const;

  // The box in one dimension, cut at breakpoints.
  const std::vector<Stretch>& stretches() const { return stretches_; }
  // The same as weighted half periods of an oscillation to infinity; empty if none was given.
  const std::vector<Stretch>& half_periods() const { return half_periods_; }

 private:
  void map_axis(std::size_t axis, std::span<double> u, std::span<double> jacobian) const;

  std::shared_ptr<const Integrand> integrand_;
  Region region_;
  bool skip_ = false;
  std::shared_ptr<const VegasMap> map_;  // empty: none
  std::vector<Stretch> stretches_, half_periods_;
};

}  // namespace shoal::workloads::integrate
