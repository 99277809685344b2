// SPDX-License-Identifier: Apache-2.0
// One proposal from a model: candidates are drawn from the density l of the good trials, and the one of the largest
// l / g wins, g the density of the bad ones and of the pending points.
//
// One by one, every parameter has its own l and g. Jointly, both are mixtures of products over the parameters of a group;
// that g needs a sum over trials, so it is made from the best, the recent and a bounded sample of the others.
#pragma once

#include <cstdint>
#include <vector>

#include "search/tpe/draws.hpp"
#include "search/tpe/model.hpp"

namespace shoal::search::tpe {

class Proposer {
 public:
  Proposer(const Space& space, const Settings& settings) : space_(space), settings_(settings) {}

  // `n_good`: trials that count as good; `joint`: parameters together.
  Point operator()(const Model& model, PendingPoints pending, std::int64_t n_good, bool joint, Draws& draws) const;

 private:
  const Space& space_;
  Settings settings_;
};

}  // namespace shoal::search::tpe
