// SPDX-License-Identifier: Apache-2.0
#include "run/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

namespace shoal::run {
namespace {

using config::Array;
using config::Value;
using record::Dataset;
using record::Group;

// All elements as T, or nothing if one is something else.
template <class T>
std::optional<std::vector<T>> elements_as(const Array& array) {
  std::vector<T> elements;
  for (const Value& value : array) {
    const T* element = value.get_if<T>();
    if (!element) return std::nullopt;
    elements.push_back(*element);
  }
  return elements;
}

Dataset& write_array(Group& group, const std::string& name, const Array& array, const std::string& unit) {
  const std::string dimension = name + "_index";
  const std::vector<std::uint64_t> shape = {array.size()};
  if (!array.empty()) {
    if (const auto integers = elements_as<std::int64_t>(array)) return group.add(name, *integers, shape, {dimension}, unit, name);
    if (const auto reals = elements_as<double>(array)) return group.add(name, *reals, shape, {dimension}, unit, name);
    if (const auto texts = elements_as<std::string>(array)) return group.texts(name, *texts, dimension, name);
  }
  return group.text(name, config::to_text(Value(array)), name);
}

Dataset& write_value(Group& group, const std::string& name, const Value& value, const std::string& unit) {
  if (const auto* integer = value.get_if<std::int64_t>()) return group.scalar(name, *integer, unit, name);
  if (const auto* real = value.get_if<double>()) return group.scalar(name, *real, unit, name);
  if (const auto* text = value.get_if<std::string>()) return group.text(name, *text, name);
  if (const auto* array = value.get_if<Array>()) return write_array(group, name, *array, unit);
  if (const auto* boolean = value.get_if<bool>()) {
    Dataset& dataset = group.scalar(name, static_cast<std::int8_t>(*boolean), unit, name);
    dataset.flags = {{0, "false"}, {1, "true"}};
    return dataset;
  }
  return group.text(name, config::to_text(value), name);
}

std::map<std::string, std::string> by_name(const std::vector<std::string>& lines) {
  std::map<std::string, std::string> values;
  for (const std::string& line : lines) {
    const auto equals = line.find(" = ");
    values[line.substr(0, equals)] = equals == std::string::npos ? "" : line.substr(equals + 3);
  }
  return values;
}

}  // namespace

void write_parameters(Group& parameters, const std::vector<config::Resolved>& resolved) {
  for (const auto& parameter : resolved) {
    const auto dot = parameter.name.rfind('.');
    Group& group = dot == std::string::npos ? parameters : parameters.group([&] {
      std::string path = parameter.name.substr(0, dot);
      std::replace(path.begin(), path.end(), '.', '/');
      return path;
    }());
    const std::string name = dot == std::string::npos ? parameter.name : parameter.name.substr(dot + 1);
    Dataset& dataset = write_value(group, name, parameter.value, parameter.unit);
    dataset.attributes["role"] = std::string(parameter.role == config::Role::science ? "science" : "execution");
  }
}

std::vector<ChangedKey> changed_keys(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const auto old_values = by_name(before);
  const auto new_values = by_name(after);
  std::vector<ChangedKey> changes;
  for (const auto& [name, value] : old_values) {
    const auto found = new_values.find(name);
    if (found == new_values.end()) changes.push_back({name, value, ""});
    else if (found->second != value) changes.push_back({name, value, found->second});
  }
  for (const auto& [name, value] : new_values)
    if (!old_values.contains(name)) changes.push_back({name, "", value});
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return changes;
}

std::string describe(const ChangedKey& change) {
  if (change.before.empty()) return fmt::format("{}: not set before, now {}", change.name, change.after);
  if (change.after.empty()) return fmt::format("{}: was {}, now not set", change.name, change.before);
  return fmt::format("{}: was {}, now {}", change.name, change.before, change.after);
}

}  // namespace shoal::run
