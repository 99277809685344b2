// SPDX-License-Identifier: Apache-2.0
// Simpson's rule: nodes j / k with an even k, weights 1, 4, 2, 4, ..., 4, 1 over 3. Error O(k^-4) for smooth integrands.
#include "workloads/integrate/grid_rule.hpp"

namespace shoal::workloads::integrate {
namespace {

class Simpson final : public GridRule {
 public:
  std::int64_t n_nodes(std::int64_t k) const override { return k + 1; }
  std::int64_t steps(std::int64_t nodes) const override { return nodes < 3 ? 2 : (nodes - 1) / 2 * 2; }
  double offset() const override { return 0; }
  double scale() const override { return 3; }
  double weight(std::int64_t j, std::int64_t k) const override { return j == 0 || j == k ? 1 : j % 2 == 1 ? 4 : 2; }
};

}  // namespace

const Method& method_simpson() {
  static const Simpson method;
  return method;
}

}  // namespace shoal::workloads::integrate
