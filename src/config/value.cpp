// SPDX-License-Identifier: Apache-2.0
#include "shoal/config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shoal/error.hpp"

namespace shoal::config {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

// Shortest digits that read back as the same double, always recognisable as a real.
std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

bool is_bare_key(std::string_view key) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), plain);
}

std::string table_text(const Entries& entries) {
  if (entries.empty()) return "{}";
  std::string text = "{ ";
  for (const Entry& entry : entries) {
    if (&entry != entries.data()) text += ", ";
    text += is_bare_key(entry.key) ? entry.key : quoted(entry.key);
    text += " = " + to_text(entry.value);
  }
  return text + " }";
}

std::string array_text(const Array& array) {
  std::string text = "[";
  for (const Value& element : array) {
    if (&element != array.data()) text += ", ";
    text += to_text(element);
  }
  return text + "]";
}

bool same_entries(const Entries& a, const Value& b, std::size_t b_size) {
  if (a.size() != b_size) return false;
  return std::all_of(a.begin(), a.end(), [&](const Entry& entry) {
    const Value* other = b.find(entry.key);
    return other && same(entry.value, *other);
  });
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  const auto* entries = get_if<Entries>();
  if (!entries) return nullptr;
  const auto found = std::find_if(entries->begin(), entries->end(), [&](const Entry& e) { return e.key == key; });
  return found == entries->end() ? nullptr : &found->value;
}

const Value* Value::at(std::string_view dotted_path) const {
  const Value* value = this;
  while (value && !dotted_path.empty()) {
    const auto dot = dotted_path.find('.');
    value = value->find(dotted_path.substr(0, dot));
    dotted_path = dot == std::string_view::npos ? "" : dotted_path.substr(dot + 1);
  }
  return value;
}

void Value::set(std::string_view dotted_path, Value value, Location key_where) {
  if (std::holds_alternative<std::monostate>(data_)) data_ = Entries{};
  auto* entries = get_if<Entries>();
  if (!entries) throw InputError(fmt::format("cannot set `{}` inside {}", dotted_path, kind_name(*this)));
  const auto dot = dotted_path.find('.');
  const std::string_view key = dotted_path.substr(0, dot);
  auto found = std::find_if(entries->begin(), entries->end(), [&](const Entry& e) { return e.key == key; });
  if (found == entries->end()) {
    entries->push_back({std::string(key), key_where, Value({}, key_where)});
    found = entries->end() - 1;
  }
  if (dot != std::string_view::npos) {
    found->value.set(dotted_path.substr(dot + 1), std::move(value), key_where);
  } else {
    found->value = std::move(value);
    found->where = key_where;
  }
}

std::optional<std::int64_t> Value::as_integer() const {
  if (const auto* integer = get_if<std::int64_t>()) return *integer;
  const auto* real = get_if<double>();
  if (!real || rounded_ || !(*real >= -kTwoTo63 && *real < kTwoTo63)) return std::nullopt;
  const auto integer = static_cast<std::int64_t>(*real);
  if (static_cast<double>(integer) != *real) return std::nullopt;
  return integer;
}

std::optional<double> Value::as_real() const {
  if (const auto* real = get_if<double>()) return *real;
  if (const auto* integer = get_if<std::int64_t>()) return static_cast<double>(*integer);
  return std::nullopt;
}

bool same(const Value& a, const Value& b) {
  if (a.data().index() != b.data().index()) return false;
  if (const auto* entries = a.get_if<Entries>()) return same_entries(*entries, b, b.get_if<Entries>()->size());
  if (const auto* array = a.get_if<Array>()) {
    const Array& other = *b.get_if<Array>();
    return std::equal(array->begin(), array->end(), other.begin(), other.end(), same);
  }
  if (const auto* real = a.get_if<double>()) return to_text(a) == to_text(b) || *real == *b.get_if<double>();
  return to_text(a) == to_text(b);
}

std::string kind_name(const Value& value) {
  static constexpr const char* kNames[] = {"nothing",  "a boolean", "an integer", "a number",
                                           "a string", "an array",  "a table"};
  return kNames[value.data().index()];
}

std::string to_text(const Value& value) {
  if (const auto* boolean = value.get_if<bool>()) return *boolean ? "true" : "false";
  if (const auto* integer = value.get_if<std::int64_t>()) return std::to_string(*integer);
  if (const auto* real = value.get_if<double>()) return real_text(*real);
  if (const auto* text = value.get_if<std::string>()) return quoted(*text);
  if (const auto* array = value.get_if<Array>()) return array_text(*array);
  if (const auto* entries = value.get_if<Entries>()) return table_text(*entries);
  return "nothing";
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') (result += '\\') += c;
    else if (c == '\n') result += "\\n";
    else if (c == '\t') result += "\\t";
    else if (c == '\r') result += "\\r";
    else if (byte < 0x20 || byte == 0x7F) result += fmt::format("\\u{:04X}", byte);
    else result += c;
  }
  return result + "\"";
}

}  // namespace shoal::config
