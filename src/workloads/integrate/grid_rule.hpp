// SPDX-License-Identifier: Apache-2.0
// Composite rules on tensor grids: the same rule of k steps on every axis of the unit cube.
#pragma once

#include "workloads/integrate/method.hpp"

namespace shoal::workloads::integrate {

class GridRule : public Method {
 public:
  std::string unsuitable(const Problem& problem) const override;
  std::unique_ptr<Estimation> start(const Context& context) const override;
  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override;

  // Nodes on an axis of k steps, and the largest k with at most `nodes` of them (at least the least k there is).
  virtual std::int64_t n_nodes(std::int64_t k) const = 0;
  virtual std::int64_t steps(std::int64_t nodes) const = 0;
  // Node j is at (j + offset()) / k, with weight(j, k) / (k scale()).
  virtual double offset() const = 0;
  virtual double scale() const = 0;
  virtual double weight(std::int64_t j, std::int64_t k) const = 0;
  virtual bool equal_weights() const { return false; }
};

}  // namespace shoal::workloads::integrate
