// SPDX-License-Identifier: Apache-2.0
// From the text of a formula to its graph, by recursive descent.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "math/expression_graph.hpp"

namespace shoal::math {

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, const std::vector<std::string>& variables,
                   const std::map<std::string, double>& parameters);

  // The root's index in graph(). Throws ExpressionError.
  ExpressionGraph::Index parse();
  const ExpressionGraph& graph() const noexcept { return graph_; }

 private:
  using Index = ExpressionGraph::Index;

  Index conditional();
  Index binary(int level);
  Index prefixed();
  Index powered();
  Index primary();
  Index number();
  Index name();
  Index call(std::string_view function, std::size_t place);
  Index extreme(Operation operation, const std::vector<Index>& arguments);
  std::vector<Index> arguments();

  void skip_space();
  bool accept(std::string_view token);
  void expect(std::string_view token, const std::string& where);
  std::string found() const;
  [[noreturn]] void fail(const std::string& explanation, std::size_t place) const;
  [[noreturn]] void fail_unknown(std::string_view word, std::size_t place, bool is_function) const;

  std::string_view text_;
  std::size_t place_ = 0;
  int depth_ = 0;
  std::string after_ = "at the start";  // where a missing value is missed
  std::map<std::string, Index, std::less<>> names_;
  ExpressionGraph graph_;
};

}  // namespace shoal::math
