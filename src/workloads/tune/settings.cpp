// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/settings.hpp"

#include <algorithm>

#include "shoal/search/algorithm.hpp"

namespace shoal::workloads::tune {

std::string plain_name(std::string name) {
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

Settings settings_at(const search::Space& space, const search::Point& point) {
  Settings settings;
  const auto known = [&](const std::string& name) {
    return std::any_of(settings.begin(), settings.end(), [&](const auto& setting) { return setting.first == name; });
  };
  for (search::Assignment& assignment : space.assignments(point))
    settings.emplace_back(plain_name(std::move(assignment.path)), std::move(assignment.value));
  for (const search::Column& column : space.columns()) {
    std::string name = plain_name(column.name);
    const auto value = known(name) ? std::nullopt : space.column_value(column, point);
    if (!value) continue;
    if (column.kind == search::Column::Kind::option)
      settings.emplace_back(std::move(name), config::Value(column.labels[static_cast<std::size_t>(*value)]));
    else if (column.kind == search::Column::Kind::integer)
      settings.emplace_back(std::move(name), config::Value(static_cast<std::int64_t>(*value)));
    else settings.emplace_back(std::move(name), config::Value(*value));
  }
  return settings;
}

std::vector<search::Point> sample_points(const search::Space& space, std::int64_t n_points) {
  const auto random = search::find_algorithm("random")->make(space, 1, nullptr);
  std::vector<search::Point> points;
  for (std::int64_t i = 0; i < n_points; ++i) points.push_back(random->propose(i, {}));
  return points;
}

std::vector<std::string> setting_names(const search::Space& space, std::int64_t n_points) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const search::Column& column : space.columns()) add(plain_name(column.name));
  for (const search::Point& point : sample_points(space, n_points)) {
    for (const auto& [name, value] : settings_at(space, point)) add(name);
  }
  return names;
}

std::string argument_text(const config::Value& value) {
  if (const auto* text = value.get_if<std::string>()) return *text;
  std::string text = config::to_text(value);
  std::erase(text, ' ');
  return text;
}

}  // namespace shoal::workloads::tune
