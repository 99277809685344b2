// SPDX-License-Identifier: Apache-2.0
// Breadth-first adaptive refinement (the order of PAGANI: Sakiotis et al., SC21, 2021): a generation of regions is evaluated, the
// worst are split, their children are the next generation. No heap and no order of arrival: the same regions on any layout.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/integrate/method.hpp"

namespace shoal::workloads::integrate {

// What a rule says about a region.
struct RegionValue {
  double value = 0;
  double error = 0;
  double noise = 0;           // error that rounding alone may cause
  std::int64_t axis = 0;      // to split
};

class Refinement {
 public:
  // Regions are described by `stride` numbers each; at most `most_regions` are kept at a time.
  Refinement(std::size_t stride, std::int64_t most_regions) : stride_(stride), most_(most_regions) {}

  void add(std::span<const double> geometry, const RegionValue& value);
  std::int64_t size() const { return static_cast<std::int64_t>(values_.size()); }

  // Value, error and whether rounding forbids more, over all regions in their order.
  double value() const;
  double error() const;

  // Chooses the regions to split and takes them out, in order: the worst ones, as few as bring the error of the others below a
  // quarter of the tolerance, none with less than 1/16 of the largest error, at most `most`. Regions that rounding or their
  // size keep from improving are set aside before. Empty: there is nothing to split.
  struct Split {
    std::vector<double> geometry;
    std::int64_t axis = 0;
  };
  std::vector<Split> split(double tolerance, std::int64_t most, bool (*divisible)(std::span<const double>, std::int64_t axis));

  // Two children for each region split would be too many to keep.
  bool full() const { return 2 * size() > most_; }

 private:
  std::span<const double> geometry(std::size_t i) const { return {geometry_.data() + i * stride_, stride_}; }

  std::size_t stride_;
  std::int64_t most_;
  std::vector<double> geometry_;
  std::vector<RegionValue> values_;
  double done_value_ = 0, done_error_ = 0;  // of regions set aside
};

}  // namespace shoal::workloads::integrate
