// SPDX-License-Identifier: Apache-2.0
// A map of VEGAS made before the integral is computed by another method on it: so quasi-Monte Carlo gets peaks and products flattened,
// and its randomisations still say how large its error is.
#pragma once

#include "workloads/integrate/effective_samples.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/vegas_map.hpp"

namespace shoal::workloads::integrate {

// Rounds of scrambled Sobol points on the map so far; an item is a block of them.
class MapTraining {
 public:
  // Of about so many evaluations in all.
  MapTraining(const Context& context, std::int64_t samples);

  Work next();  // no items: the map is ready
  void fold(tasks::ByteView result);
  const VegasMap& map() const { return map_; }
  std::int64_t evaluations() const { return evaluations_; }
  const NonFinite& bad() const { return bad_; }

  // One item. False if it gave up because of the stop token.
  static bool run(const Context& context, const ItemInput& input, tasks::Bytes& result);

 private:
  Context context_;
  std::int64_t samples_;     // of a round
  std::int64_t round_ = -1;
  VegasMap map_;
  std::vector<double> training_;  // (axis, increment): sum of squares, number
  EffectiveSamples effective_;
  std::int64_t evaluations_ = 0;
  NonFinite bad_;
};

}  // namespace shoal::workloads::integrate
