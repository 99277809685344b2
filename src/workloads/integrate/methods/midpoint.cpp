// SPDX-License-Identifier: Apache-2.0
// The midpoint rule: nodes (j + 1/2) / k, equal weights. Error O(k^-2) for smooth integrands; no value at the ends is needed.
#include "workloads/integrate/grid_rule.hpp"

namespace shoal::workloads::integrate {
namespace {

class Midpoint final : public GridRule {
 public:
  std::int64_t n_nodes(std::int64_t k) const override { return k; }
  std::int64_t steps(std::int64_t nodes) const override { return nodes; }
  double offset() const override { return 0.5; }
  double scale() const override { return 1; }
  double weight(std::int64_t, std::int64_t) const override { return 1; }
  bool equal_weights() const override { return true; }
};

}  // namespace

const Method& method_midpoint() {
  static const Midpoint method;
  return method;
}

}  // namespace shoal::workloads::integrate
