// SPDX-License-Identifier: Apache-2.0
#include "shoal/process/json_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shoal/error.hpp"

namespace shoal::process {

namespace {

void append(std::string& out, std::nullptr_t) { out += "null"; }
void append(std::string& out, bool value) { out += value ? "true" : "false"; }
void append(std::string& out, std::int64_t value) { fmt::format_to(std::back_inserter(out), "{}", value); }

void append(std::string& out, double value) {
  if (std::isnan(value)) out += "NaN";
  else if (std::isinf(value)) out += value > 0 ? "Infinity" : "-Infinity";
  else {
    const std::size_t begin = out.size();
    fmt::format_to(std::back_inserter(out), "{}", value);
    if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";  // or the reader would take it as whole
  }
}

void append(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else out += c;
  }
  out += '"';
}

template <class T>
void append(std::string& out, const std::vector<T>& values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    append(out, static_cast<const T&>(values[i]));
  }
  out += ']';
}

}  // namespace

std::optional<JsonLine> JsonLine::last_of(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  text = text.substr(0, end + 1);
  const std::size_t before = text.rfind('\n');
  try {
    return parse(before == std::string_view::npos ? text : text.substr(before + 1));
  } catch (const InputError&) {
    return std::nullopt;
  }
}

JsonLine& JsonLine::add(std::string name, JsonValue value) {
  members_.emplace_back(std::move(name), std::move(value));
  return *this;
}

const JsonValue* JsonLine::find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [name](const auto& member) { return member.first == name; });
  return found == members_.end() ? nullptr : &found->second;
}

std::optional<double> JsonLine::number(std::string_view name) const {
  const JsonValue* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* integer = std::get_if<std::int64_t>(value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(value)) return *real;
  return std::nullopt;
}

std::optional<std::string> JsonLine::string(std::string_view name) const {
  const JsonValue* value = find(name);
  if (value == nullptr || !std::holds_alternative<std::string>(*value)) return std::nullopt;
  return std::get<std::string>(*value);
}

bool JsonLine::is_true(std::string_view name) const {
  const JsonValue* value = find(name);
  return value != nullptr && std::holds_alternative<bool>(*value) && std::get<bool>(*value);
}

std::string JsonLine::text() const {
  std::string out = "{";
  for (const auto& [name, value] : members_) {
    if (out.size() > 1) out += ", ";
    append(out, name);
    out += ": ";
    std::visit([&out](const auto& v) { append(out, v); }, value);
  }
  return out + '}';
}

}  // namespace shoal::process
