// SPDX-License-Identifier: Apache-2.0
// The trapezoidal rule: nodes j / k, the ends with half the weight. Error O(k^-2), and smaller than any power for periodic
// integrands over whole periods (Trefethen and Weideman, SIAM Review 56, 385-458, 2014).
#include "workloads/integrate/grid_rule.hpp"

namespace shoal::workloads::integrate {
namespace {

class Trapezoid final : public GridRule {
 public:
  std::int64_t n_nodes(std::int64_t k) const override { return k + 1; }
  std::int64_t steps(std::int64_t nodes) const override { return nodes < 2 ? 1 : nodes - 1; }
  double offset() const override { return 0; }
  double scale() const override { return 1; }
  double weight(std::int64_t j, std::int64_t k) const override { return j == 0 || j == k ? 0.5 : 1; }
};

}  // namespace

const Method& method_trapezoid() {
  static const Trapezoid method;
  return method;
}

}  // namespace shoal::workloads::integrate
