// SPDX-License-Identifier: Apache-2.0
#include "run/json_object.hpp"

#include <fmt/format.h>

#include <cmath>

namespace shoal::run {

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result.append(1, '\\').append(1, c);
    else if (c == '\n') result.append("\\n");
    else if (c == '\t') result.append("\\t");
    else if (static_cast<unsigned char>(c) < 0x20) result.append(fmt::format("\\u{:04x}", static_cast<int>(c)));
    else result.append(1, c);
  }
  return result.append(1, '"');
}

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view json) {
  members_.append(members_.empty() ? "" : ", ").append(json_string(name)).append(": ").append(json);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::string_view text) { return add_raw(name, json_string(text)); }
JsonObject& JsonObject::add(std::string_view name, bool value) { return add_raw(name, value ? "true" : "false"); }
JsonObject& JsonObject::add(std::string_view name, std::int64_t value) { return add_raw(name, fmt::format("{}", value)); }
JsonObject& JsonObject::add(std::string_view name, double value) {
  return add_raw(name, std::isfinite(value) ? fmt::format("{}", value) : "null");
}

JsonObject& JsonObject::add(std::string_view name, const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list.append(list.size() > 1 ? ", " : "").append(json_string(text));
  return add_raw(name, list.append(1, ']'));
}

}  // namespace shoal::run
