// SPDX-License-Identifier: Apache-2.0
// The parts of a formula while it is compiled: equal parts are one node, constant parts are computed at once.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "math/expression_program.hpp"

namespace shoal::math {

class ExpressionGraph {
 public:
  using Index = std::uint32_t;

  explicit ExpressionGraph(std::size_t n_variables);

  Index variable(std::size_t i) const { return static_cast<Index>(i); }
  Index constant(double value);

  // a, b, c: as many as the operation takes.
  Index operation(Operation operation, Index a, Index b = 0, Index c = 0);

  // base^exponent: products, a root and a reciprocal for the constants -8, -7.5 ... 8, else pow.
  Index power(Index base, Index exponent);

  std::size_t size() const noexcept { return nodes_.size(); }

  // The instructions that compute `root`; temporaries are reused after their last use.
  // Products that are only added to something or subtracted become one instruction with it (still rounded
  // twice).
  Program program(Index root) const;

 private:
  enum class Kind : std::uint8_t { variable, constant, operation };
  // A constant is known by its bits, so that 0 and -0 stay apart.
  struct Node {
    Kind kind;
    Operation operation;
    Index a, b, c;
    std::uint64_t bits;
    auto operator<=>(const Node&) const = default;
  };

  Index insert(const Node& node);
  bool is_constant(Index i) const { return nodes_[i].kind == Kind::constant; }
  double value(Index i) const;
  void fuse_products(Index root);
  Program instructions(Index root) const;
  std::vector<Index> last_uses(Index root) const;

  std::vector<Node> nodes_;
  std::map<Node, Index> known_;
};

// The number of arguments an operation takes: 1 to 3.
int argument_count(Operation operation);

}  // namespace shoal::math
