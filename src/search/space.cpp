// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace shoal::search {
namespace {

using config::Value;
using Shape = Distribution::Shape;

constexpr double kInactive = std::numeric_limits<double>::quiet_NaN();

// Counts of points saturate here: beyond 2^53 a trial number could not be told from its neighbour in a double.
constexpr std::int64_t kTooMany = (std::int64_t{1} << 53) + 1;

std::int64_t saturating_product(std::int64_t a, std::int64_t b) {
  if (a == 0 || b == 0) return 0;
  return a > kTooMany / b ? kTooMany : std::min(a * b, kTooMany);
}

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

bool Parameter::brought_by(double option) const {
  return option == parent_option || std::find(more_options.begin(), more_options.end(), option) != more_options.end();
}

Point Space::build(const std::function<double(int parameter)>& choose) const {
  Point point(parameters_.size(), kInactive);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    const bool active = parameter.parent < 0 || parameter.brought_by(point[index(parameter.parent)]);
    if (active) point[i] = choose(static_cast<int>(i));
  }
  return point;
}

std::vector<int> Space::children(int parent, int option) const {
  std::vector<int> found;
  for (std::size_t i = static_cast<std::size_t>(parent + 1); i < parameters_.size(); ++i) {
    if (parameters_[i].parent == parent && (parent < 0 || parameters_[i].brought_by(option)))
      found.push_back(static_cast<int>(i));
  }
  return found;
}

std::int64_t Space::count_children(int parent, int option) const {
  std::int64_t n = 1;
  for (const int child : children(parent, option)) n = saturating_product(n, count_branch(child));
  return n;
}

std::int64_t Space::count_branch(int parameter) const {
  const Parameter& p = parameters_[index(parameter)];
  const auto n_values = p.prior.n_values();
  if (!n_values) return kTooMany;
  if (!p.branches) return std::min(*n_values, kTooMany);
  std::int64_t n = 0;
  for (int option = 0; option < *n_values; ++option) n = std::min(n + count_children(parameter, option), kTooMany);
  return n;
}

std::optional<std::int64_t> Space::n_points() const {
  const std::int64_t n = count_children(-1, 0);
  return n < kTooMany && uncountable_parameter().empty() ? std::optional(n) : std::nullopt;
}

std::string Space::uncountable_parameter() const {
  for (const Parameter& parameter : parameters_) {
    if (!parameter.prior.n_values()) return parameter.name;
  }
  return "";
}

Point Space::grid_point(std::int64_t i) const {
  Point point(parameters_.size(), kInactive);
  fill_children(-1, 0, i, point);
  return point;
}

void Space::fill_children(int parent, int option, std::int64_t i, Point& point) const {
  const std::vector<int> all = children(parent, option);
  for (auto child = all.rbegin(); child != all.rend(); ++child) {
    const std::int64_t n = count_branch(*child);
    fill_branch(*child, i % n, point);
    i /= n;
  }
}

void Space::fill_branch(int parameter, std::int64_t i, Point& point) const {
  const Parameter& p = parameters_[index(parameter)];
  if (!p.branches) {
    point[index(parameter)] = p.prior.value(i);
    return;
  }
  int option = 0;
  for (std::int64_t n = count_children(parameter, option); i >= n; n = count_children(parameter, option)) {
    i -= n;
    ++option;
  }
  point[index(parameter)] = option;
  fill_children(parameter, option, i, point);
}

// A number of the space as a value of the input, at the place of its expression.
Value Space::value_of(int parameter, double coordinate) const {
  const Parameter& p = parameters_[index(parameter)];
  if (p.prior.whole()) return Value(static_cast<std::int64_t>(coordinate), p.where);
  return Value(coordinate, p.where);
}

Value Space::evaluate(const Pattern& pattern, const Point& point) const {
  switch (pattern.kind) {
    case Pattern::Kind::constant: return pattern.constant;
    case Pattern::Kind::parameter: {
      const double coordinate = point[index(pattern.parameter)];
      const Parameter& p = parameters_[index(pattern.parameter)];
      if (p.prior.shape != Shape::options) return value_of(pattern.parameter, coordinate);
      return evaluate(p.options[static_cast<std::size_t>(coordinate)], point);
    }
    case Pattern::Kind::list: {
      config::Array array;
      for (const Pattern& element : pattern.elements) array.push_back(evaluate(element, point));
      return Value(std::move(array), pattern.constant.where());
    }
    case Pattern::Kind::table: break;
  }
  config::Entries entries;
  for (std::size_t i = 0; i < pattern.keys.size(); ++i) {
    entries.push_back({pattern.keys[i], pattern.elements[i].key_place, evaluate(pattern.elements[i], point)});
  }
  return Value(std::move(entries), pattern.constant.where());
}

// Tables are taken apart, so that they merge key by key with what stands in the input already.
void Space::assign(const std::string& path, const Pattern& pattern, const Point& point,
                   std::vector<Assignment>& out) const {
  if (pattern.kind == Pattern::Kind::parameter && parameters_[index(pattern.parameter)].prior.shape == Shape::options) {
    const double coordinate = point[index(pattern.parameter)];
    assign(path, parameters_[index(pattern.parameter)].options[static_cast<std::size_t>(coordinate)], point, out);
  } else if (pattern.kind == Pattern::Kind::table) {
    for (std::size_t i = 0; i < pattern.keys.size(); ++i)
      assign(path + "." + pattern.keys[i], pattern.elements[i], point, out);
  } else {
    out.push_back({path, evaluate(pattern, point)});
  }
}

std::vector<Assignment> Space::assignments(const Point& point) const {
  std::vector<Assignment> all;
  for (const auto& [path, pattern] : roots_) assign(path, pattern, point, all);
  return all;
}

void Space::add_keys(const std::string& path, const Pattern& pattern, std::vector<Key>& out) const {
  if (pattern.kind == Pattern::Kind::parameter && parameters_[index(pattern.parameter)].prior.shape == Shape::options) {
    for (const Pattern& option : parameters_[index(pattern.parameter)].options) add_keys(path, option, out);
  } else if (pattern.kind == Pattern::Kind::table) {
    for (std::size_t i = 0; i < pattern.keys.size(); ++i) add_keys(path + "." + pattern.keys[i], pattern.elements[i], out);
  } else {
    const bool constant = pattern.kind == Pattern::Kind::constant;
    out.push_back({path, constant ? std::optional(pattern.constant) : std::nullopt});
  }
}

std::vector<Space::Key> Space::keys() const {
  std::vector<Key> all;
  for (const auto& [path, pattern] : roots_) add_keys(path, pattern, all);
  return all;
}

std::vector<std::string> Space::describe() const {
  std::size_t width = 0;
  for (const Parameter& p : parameters_) width = std::max(width, p.name.size());
  std::vector<std::string> lines;
  for (const Parameter& p : parameters_) {
    std::string line = fmt::format("{:<{}}  {}", p.name, width, p.prior.expression);
    if (p.parent >= 0) {
      const Parameter& parent = parameters_[index(p.parent)];
      line += fmt::format("  (where {} is {}", parent.name, parent.labels[index(p.parent_option)]);
      for (const int option : p.more_options) line += " or " + parent.labels[index(option)];
      line += ')';
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string Space::to_text(const Point& point, int digits) const {
  std::string text;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!is_active(point[i])) continue;
    const Parameter& p = parameters_[i];
    if (!text.empty()) text += ' ';
    text += p.name + '=';
    if (p.prior.shape == Shape::options) text += p.labels[static_cast<std::size_t>(point[i])];
    else if (digits > 0 && !p.prior.whole()) text += fmt::format("{:.{}g}", point[i], digits);
    else text += config::to_text(value_of(static_cast<int>(i), point[i]));
  }
  return text;
}

}  // namespace shoal::search
