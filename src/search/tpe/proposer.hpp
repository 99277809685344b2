// SPDX-License-Identifier: Apache-2.0
// One proposal from a model: candidates are drawn from the density l of the good trials, and the one of the largest
// l / g wins, g the density of the bad ones and of the pending points.
//
// One by one, every parameter has its own l and g. Jointly, l is a mixture of products, a kernel a good trial in all
// parameters of a group, so that it knows which values go together; g stays the product of the parameters' own densities:
// a joint g would need a sum over all trials. (Measured beside a joint g over 256 trials.)
#pragma once

#include <cstdint>
#include <vector>

#include "search/tpe/model.hpp"
#include "shoal/random/stream.hpp"

namespace shoal::search::tpe {

// Uniform random numbers at the addresses (stream, trial, 0), (stream, trial, 1), ...
class Draws {
 public:
  Draws(const random::Stream& stream, std::int64_t trial) : stream_(stream), trial_(static_cast<std::uint64_t>(trial)) {}
  double operator()();

 private:
  random::Stream stream_;
  std::uint64_t trial_, next_ = 0;
};

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
