// SPDX-License-Identifier: Apache-2.0
#include "math/expression_graph.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace shoal::math {

int argument_count(Operation operation) {
  constexpr int counts[] = {
#define OPERATION(arguments, name, text) arguments,
#include "math/expression_operations.def"
#undef OPERATION
  };
  return counts[static_cast<std::size_t>(operation)];
}

ExpressionGraph::ExpressionGraph(std::size_t n_variables) {
  for (std::size_t i = 0; i < n_variables; ++i)
    nodes_.push_back({Kind::variable, Operation::add, static_cast<Index>(i), 0, 0, 0});
}

ExpressionGraph::Index ExpressionGraph::insert(const Node& node) {
  const auto [place, is_new] = known_.try_emplace(node, static_cast<Index>(nodes_.size()));
  if (is_new) nodes_.push_back(node);
  return place->second;
}

ExpressionGraph::Index ExpressionGraph::constant(double value) {
  return insert({Kind::constant, Operation::add, 0, 0, 0, std::bit_cast<std::uint64_t>(value)});
}

double ExpressionGraph::value(Index i) const {
  return std::bit_cast<double>(nodes_[i].bits);
}

ExpressionGraph::Index ExpressionGraph::operation(Operation operation, Index a, Index b, Index c) {
  const int count = argument_count(operation);
  if (count < 2) b = a;
  if (count < 3) c = a;
  if (is_constant(a) && is_constant(b) && is_constant(c))
    return constant(apply(operation, value(a), value(b), value(c)));
  // A quotient by a power of two is the product with its reciprocal, which is exact.
  if (operation == Operation::quotient && is_constant(b)) {
    int exponent = 0;
    const double mantissa = std::frexp(value(b), &exponent);
    if (std::abs(mantissa) == 0.5 && std::abs(exponent) < 1000)
      return this->operation(Operation::product, a, constant(1 / value(b)));
  }
  const bool commutes = operation == Operation::add || operation == Operation::product;
  if (commutes && b < a) std::swap(a, b);
  return insert({Kind::operation, operation, a, b, count < 3 ? a : c, 0});
}

// Half-integers up to 8 in size: products of the base and its root, by repeated squaring; below 0 the
// reciprocal.
ExpressionGraph::Index ExpressionGraph::power(Index base, Index exponent) {
  const double size = is_constant(exponent) ? std::abs(value(exponent)) : 0;
  if (size < 0.5 || size > 8 || 2 * size != std::trunc(2 * size))
    return operation(Operation::pow, base, exponent);
  if (value(exponent) < 0) return operation(Operation::quotient, constant(1), power(base, constant(size)));
  const auto n = static_cast<unsigned>(size);
  const bool has_root = size != std::trunc(size);
  // Left-to-right binary powers: square, and multiply by the base where the bit is set.
  Index result = base;
  for (unsigned bit = std::bit_floor(n) / 2; bit != 0; bit /= 2) {
    result = operation(Operation::product, result, result);
    if ((n & bit) != 0) result = operation(Operation::product, result, base);
  }
  if (!has_root) return result;
  const Index root = operation(Operation::sqrt, base);
  return n == 0 ? root : operation(Operation::product, result, root);
}

// a*b + c, a*b - c and c - a*b as one operation each, where nothing else needs the product: saves a pass over
// memory.
void ExpressionGraph::fuse_products(Index root) {
  const std::vector<Index> last = last_uses(root);
  std::vector<int> uses(nodes_.size(), 0);
  const auto count = [&](const Node& node) { return argument_count(node.operation); };
  for (Index i = 0; i <= root; ++i) {
    if (nodes_[i].kind != Kind::operation || last[i] == 0) continue;
    const Index arguments[] = {nodes_[i].a, nodes_[i].b, nodes_[i].c};
    for (int j = 0; j < count(nodes_[i]); ++j) ++uses[arguments[j]];
  }
  const auto is_lone_product = [&](Index i) {
    return nodes_[i].kind == Kind::operation && nodes_[i].operation == Operation::product && uses[i] == 1;
  };
  for (Index i = 0; i <= root; ++i) {
    Node& node = nodes_[i];
    const bool adds = node.kind == Kind::operation && node.operation == Operation::add;
    const bool subtracts = node.kind == Kind::operation && node.operation == Operation::subtract;
    if (!adds && !subtracts) continue;
    const bool first = is_lone_product(node.a);
    if (!first && !is_lone_product(node.b)) continue;
    const Node& product = nodes_[first ? node.a : node.b];
    const Operation fused = adds    ? Operation::product_add
                            : first ? Operation::product_subtract
                                    : Operation::subtract_product;
    node = {Kind::operation, fused, product.a, product.b, first ? node.b : node.a, 0};
  }
}

// For every node that `root` needs, the greatest index of a node that uses it; 0 for others.
std::vector<ExpressionGraph::Index> ExpressionGraph::last_uses(Index root) const {
  std::vector<Index> last(nodes_.size(), 0);
  last[root] = static_cast<Index>(nodes_.size());
  for (Index i = root + 1; i-- > 0;) {
    if (last[i] == 0 || nodes_[i].kind != Kind::operation) continue;
    for (const Index argument : {nodes_[i].a, nodes_[i].b, nodes_[i].c})
      last[argument] = std::max(last[argument], i);
  }
  return last;
}

// Arguments precede their users in nodes_, so the order of the nodes is an order of computation.
Program ExpressionGraph::program(Index root) const {
  ExpressionGraph fused = *this;
  fused.fuse_products(root);
  return fused.instructions(root);
}

Program ExpressionGraph::instructions(Index root) const {
  const std::vector<Index> last = last_uses(root);
  Program program;
  while (program.n_variables < nodes_.size() && nodes_[program.n_variables].kind == Kind::variable)
    ++program.n_variables;
  std::vector<std::uint32_t> slot(nodes_.size(), 0);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < program.n_variables; ++i) slot[i] = next++;
  for (Index i = 0; i <= root; ++i) {
    if (nodes_[i].kind != Kind::constant || last[i] == 0) continue;
    slot[i] = next++;
    program.constants.push_back(value(i));
  }
  const std::uint32_t first_temporary = next;
  std::vector<std::uint32_t> free_slots;
  for (Index i = 0; i <= root; ++i) {
    const Node& node = nodes_[i];
    if (node.kind != Kind::operation || last[i] == 0) continue;
    const Instruction instruction = {node.operation, 0, slot[node.a], slot[node.b], slot[node.c]};
    std::vector<Index> arguments = {node.a, node.b, node.c};
    std::sort(arguments.begin(), arguments.end());
    arguments.erase(std::unique(arguments.begin(), arguments.end()), arguments.end());
    // A temporary that ends here may hold the result: kernels read a vector before they write it.
    for (const Index argument : arguments)
      if (nodes_[argument].kind == Kind::operation && last[argument] == i)
        free_slots.push_back(slot[argument]);
    if (free_slots.empty())
      free_slots.push_back(first_temporary + static_cast<std::uint32_t>(program.n_temporaries++));
    slot[i] = free_slots.back();
    free_slots.pop_back();
    program.instructions.push_back(instruction);
    program.instructions.back().out = slot[i];
  }
  program.result = slot[root];
  return program;
}

}  // namespace shoal::math
