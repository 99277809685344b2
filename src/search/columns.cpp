// SPDX-License-Identifier: Apache-2.0
// How parameters appear in results: numbers as numbers, everything else as the index of a label.
#include <algorithm>
#include <cmath>

#include "shoal/search/space.hpp"

namespace shoal::search {
namespace {

using Kind = Column::Kind;

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

// A choice of numbers is a number; of texts, lists, tables or truth values it is an option.
Kind kind_of(const Parameter& parameter) {
  if (parameter.prior.shape != Distribution::Shape::options)
    return parameter.prior.whole() ? Kind::integer : Kind::real;
  bool whole = true;
  for (const Pattern& option : parameter.options) {
    const bool constant = option.kind == Pattern::Kind::constant;
    if (constant && option.constant.get_if<double>()) whole = false;
    else if (!constant || !option.constant.get_if<std::int64_t>()) return Kind::option;
  }
  return whole ? Kind::integer : Kind::real;
}

}  // namespace

std::vector<Column> Space::columns() const {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    const Kind kind = kind_of(parameter);
    auto column =
        std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == parameter.name; });
    if (column == columns.end()) {
      columns.push_back({parameter.name, kind, false, {}, {}});
      column = columns.end() - 1;
    } else if (column->kind != kind) {
      column->kind = Kind::real;  // whole numbers in one branch, real ones in another
    }
    column->conditional = column->conditional || parameter.parent >= 0;
    column->parameters.push_back(static_cast<int>(i));
    if (kind != Kind::option) continue;
    for (const std::string& label : parameter.labels) {
      if (std::find(column->labels.begin(), column->labels.end(), label) == column->labels.end())
        column->labels.push_back(label);
    }
  }
  return columns;
}

std::optional<double> Space::column_value(const Column& column, const Point& point) const {
  for (const int i : column.parameters) {
    const double coordinate = point[index(i)];
    if (!is_active(coordinate)) continue;
    const Parameter& parameter = parameters_[index(i)];
    if (parameter.prior.shape != Distribution::Shape::options) return coordinate;
    const auto option = static_cast<std::size_t>(coordinate);
    if (column.kind != Kind::option) return parameter.options[option].constant.as_real();
    const auto label = std::find(column.labels.begin(), column.labels.end(), parameter.labels[option]);
    return static_cast<double>(label - column.labels.begin());
  }
  return std::nullopt;
}

}  // namespace shoal::search
