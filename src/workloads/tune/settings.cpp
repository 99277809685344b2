// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/settings.hpp"

#include <algorithm>

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

std::vector<std::string> setting_names(const search::Space& space) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const search::Column& column : space.columns()) add(plain_name(column.name));
  for (const search::Space::Key& key : space.keys()) add(plain_name(key.path));
  return names;
}

std::string argument_text(const config::Value& value) {
  if (const auto* text = value.get_if<std::string>()) return *text;
  std::string text = config::to_text(value);
  std::erase(text, ' ');
  return text;
}

}  // namespace shoal::workloads::tune
