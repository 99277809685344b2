// SPDX-License-Identifier: Apache-2.0
// Points from outside: written in an input, or read from the columns of another result.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "shoal/search/space.hpp"

namespace shoal::search {
namespace {

using config::Code;
using config::Diagnostics;
using config::Entries;
using config::Entry;
using config::Value;
using Shape = Distribution::Shape;

constexpr double kInactive = std::numeric_limits<double>::quiet_NaN();

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

bool equal(const Value& a, const Value& b) {
  const auto x = a.as_real(), y = b.as_real();
  return x && y ? *x == *y : config::same(a, b);
}

// A root by its key, or by the end of it that a short name is.
bool names_root(const std::string& root, const std::string& name) {
  return root == name || root.ends_with("." + name);
}

}  // namespace

// Does the value fit? Sets the parameters that stand in the pattern.
bool Space::read_pattern(const Pattern& pattern, const Value& value, Point& point) const {
  switch (pattern.kind) {
    case Pattern::Kind::constant: return equal(pattern.constant, value);
    case Pattern::Kind::parameter: {
      const std::optional<double> coordinate = read_parameter(pattern.parameter, value, point);
      if (!coordinate) return false;
      double& old = point[index(pattern.parameter)];
      const bool fits = !is_active(old) || old == *coordinate;  // a shared one has one value
      old = *coordinate;
      return fits;
    }
    case Pattern::Kind::list: {
      const auto* array = value.get_if<config::Array>();
      if (!array || array->size() != pattern.elements.size()) return false;
      for (std::size_t i = 0; i < array->size(); ++i) {
        if (!read_pattern(pattern.elements[i], (*array)[i], point)) return false;
      }
      return true;
    }
    case Pattern::Kind::table: break;
  }
  const auto* entries = value.get_if<Entries>();
  if (!entries) return false;
  const bool known = std::all_of(entries->begin(), entries->end(), [&](const Entry& entry) {
    return std::find(pattern.keys.begin(), pattern.keys.end(), entry.key) != pattern.keys.end();
  });
  for (std::size_t i = 0; known && i < pattern.keys.size(); ++i) {
    const Value* member = value.find(pattern.keys[i]);
    if (member ? !read_pattern(pattern.elements[i], *member, point) : pattern.elements[i].kind != Pattern::Kind::constant)
      return false;
  }
  return known;
}

std::optional<double> Space::read_parameter(int number, const Value& value, Point& point) const {
  const Parameter& parameter = parameters_[index(number)];
  if (parameter.prior.shape != Shape::options) {
    const auto coordinate = value.as_real();
    return coordinate ? parameter.prior.accept(*coordinate) : std::nullopt;
  }
  for (std::size_t i = 0; i < parameter.options.size(); ++i) {
    Point tried = point;
    if (!read_pattern(parameter.options[i], value, tried)) continue;
    point = std::move(tried);
    return static_cast<double>(i);
  }
  if (const auto* text = value.get_if<std::string>()) {  // an option by its label, if it brings nothing more
    const auto label = std::find(parameter.labels.begin(), parameter.labels.end(), *text);
    if (label != parameter.labels.end()) return static_cast<double>(label - parameter.labels.begin());
  }
  return std::nullopt;
}

void Space::read_roots(const std::string& prefix, const Entries& entries, Point& point, Diagnostics& diagnostics) const {
  for (const Entry& entry : entries) {
    const std::string name = prefix + entry.key;
    const auto fits = [&](const auto& root) { return names_root(root.first, name); };
    auto root = std::find_if(roots_.begin(), roots_.end(), [&](const auto& r) { return r.first == name; });
    if (root == roots_.end()) root = std::find_if(roots_.begin(), roots_.end(), fits);
    if (root == roots_.end()) {
      if (const Entries* group = entry.value.get_if<Entries>()) {
        read_roots(name + ".", *group, point, diagnostics);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& [path, pattern] : roots_) names.push_back(path);
      diagnostics.error(Code::unknown_key, entry.where, fmt::format("[space] has no `{}`", name),
                        config::suggestion_or_list(name, names));
      continue;
    }
    if (read_pattern(root->second, entry.value, point)) continue;
    std::string expected = "a value that [space] allows";
    if (root->second.kind == Pattern::Kind::parameter) expected = parameters_[index(root->second.parameter)].prior.expression;
    else if (root->second.kind == Pattern::Kind::constant) expected = config::to_text(root->second.constant);
    diagnostics.error(Code::out_of_range, entry.value.where(),
                      fmt::format("{} is no value of `{}`", config::to_text(entry.value), name),
                      fmt::format("expected {}", expected));
  }
}

// Each active parameter has a value, and no other.
void Space::check_active(const Value& table, Point& point, Diagnostics& diagnostics) const {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    const bool active = parameter.parent < 0 || parameter.brought_by(point[index(parameter.parent)]);
    if (!active) point[i] = kInactive;
    else if (!is_active(point[i]) && parameter.prior.n_values() == 1) point[i] = parameter.prior.value(0);
    else if (!is_active(point[i])) missing.push_back(parameter.name);
  }
  if (!missing.empty()) {
    diagnostics.error(Code::missing_key, table.where(), fmt::format("the point has no {}", fmt::join(missing, ", ")),
                      "give a value to each parameter of [space]");
  }
}

std::optional<Point> Space::read_point(const Value& table, Diagnostics& diagnostics) const {
  const std::size_t before = diagnostics.count();
  Point point(parameters_.size(), kInactive);
  const auto* entries = table.get_if<Entries>();
  if (!entries) {
    diagnostics.error(Code::wrong_type, table.where(), "a point is a table", "such as { x = 0.5, y = 3 }");
    return std::nullopt;
  }
  read_roots("", *entries, point, diagnostics);
  if (diagnostics.count() == before) check_active(table, point, diagnostics);
  return diagnostics.count() == before ? std::optional(std::move(point)) : std::nullopt;
}

std::optional<Point> Space::from_columns(const std::function<std::optional<double>(const Column&)>& value) const {
  std::vector<std::optional<double>> values(parameters_.size());
  for (const Column& column : columns()) {
    const std::optional<double> found = value(column);
    for (const int i : column.parameters) {
      const Parameter& parameter = parameters_[index(i)];
      if (!found) continue;
      if (parameter.prior.shape != Shape::options) {
        values[index(i)] = parameter.prior.accept(*found);
        continue;
      }
      for (std::size_t option = 0; option < parameter.options.size(); ++option) {
        const bool same = column.kind == Column::Kind::option
                              ? parameter.labels[option] == column.labels[static_cast<std::size_t>(*found)]
                              : parameter.options[option].constant.as_real() == *found;
        if (same) values[index(i)] = static_cast<double>(option);
      }
    }
  }
  bool complete = true;
  Point point = build([&](int i) {
    complete = complete && values[index(i)].has_value();
    return values[index(i)].value_or(0);
  });
  return complete ? std::optional(std::move(point)) : std::nullopt;
}

}  // namespace shoal::search
