// SPDX-License-Identifier: Apache-2.0
// An estimation by refinement, for any rule on regions: rounds are generations, items are groups of regions.
#pragma once

#include "workloads/integrate/refinement.hpp"

namespace shoal::workloads::integrate {

// What a rule needs to be adaptive.
struct AdaptiveRule {
  std::size_t stride = 0;             // numbers that describe a region
  std::int64_t points = 0;            // evaluations of a region
  std::int64_t regions_per_item = 1;
  std::vector<double> first;          // the first generation
  // The two halves of a region, one after the other.
  std::vector<double> (*halves)(std::span<const double> geometry, std::int64_t axis) = nullptr;
  bool (*divisible)(std::span<const double> geometry, std::int64_t axis) = nullptr;
};

// How many regions a first generation may have: half of what options.memory_mb hold, and some MB of payloads at most.
std::int64_t most_first_regions(const Context& context, std::size_t stride);

class AdaptiveEstimation final : public Estimation {
 public:
  AdaptiveEstimation(const Context& context, AdaptiveRule rule);
  Work next() override;
  void fold(tasks::ByteView result) override;
  Estimate estimate() const override;

 private:
  bool ended();
  bool end(Ending ending);

  Context context_;
  AdaptiveRule rule_;
  Refinement refinement_;
  std::vector<double> generation_;  // regions under evaluation
  std::size_t folded_ = 0;          // numbers of them that are done
  std::int64_t evaluations_ = 0;
  double held_value_ = 0, held_error_ = 0;  // before the regions under evaluation were taken apart
  bool evaluating_ = false;
  NonFinite bad_;
  Ending ending_ = Ending::unfinished;
};

// What an item returns: a RegionValue for each of its regions, then the values that were not finite.
template <class Evaluate>
bool run_adaptive(const ItemInput& input, std::size_t stride, tasks::Bytes& result, Evaluate evaluate) {
  Reader reader(input.payload);
  NonFinite bad;
  while (reader.bytes_left() > 0) {
    if (input.stop.requested()) return false;
    put(result, evaluate(reader.array<double>(stride), bad));
  }
  bad.write(result);
  return true;
}

}  // namespace shoal::workloads::integrate
