// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "record/element.hpp"
#include "record/lookup.hpp"
#include "shoal/record/text_view.hpp"

namespace shoal::record {
namespace {

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += fmt::format("\\{}", c);
    else if (c == '\n') quoted += "\\n";
    else if (c == '\t') quoted += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20) quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else quoted += c;
  }
  return quoted + '"';
}

template <class T>
std::string real(T value) {
  if (std::isnan(value)) return "null";
  if (std::isinf(value)) return value > 0 ? "1e999" : "-1e999";
  return fmt::format("{}", value);
}

struct ElementJson {
  std::string operator()(double value) const { return real(value); }
  std::string operator()(float value) const { return real(value); }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
  std::string operator()(std::string_view text) const { return quote(text); }
};

struct AttributeJson {
  std::string operator()(const std::string& text) const { return quote(text); }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return real(value); }
  template <class T>
  std::string operator()(const std::vector<T>& values) const {
    std::string text;
    for (const T& value : values) text += (text.empty() ? "" : ", ") + (*this)(value);
    return fmt::format("[{}]", text);
  }
};

// Comma-separated members, in order.
class Members {
 public:
  void add(std::string_view name, std::string_view json) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", quote(name), json);
  }
  std::string object() const { return fmt::format("{{{}}}", text_); }

 private:
  std::string text_;
};

std::string attributes_json(const std::map<std::string, Attribute>& attributes) {
  Members members;
  for (const auto& [name, value] : attributes) members.add(name, std::visit(AttributeJson{}, value));
  return members.object();
}

// Elements from `index` on, nested from dimension `depth` down.
void values_json(const Dataset& dataset, std::size_t depth, std::uint64_t& index, std::string& out) {
  if (depth == dataset.shape.size()) {
    out += std::visit(ElementJson{}, element(dataset, index++));
    return;
  }
  out += '[';
  for (std::uint64_t i = 0; i < dataset.shape[depth]; ++i) {
    if (i > 0) out += ", ";
    values_json(dataset, depth + 1, index, out);
  }
  out += ']';
}

template <class T>
std::string list_json(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) {
    if (!text.empty()) text += ", ";
    if constexpr (std::is_same_v<T, std::string>) text += quote(value);
    else text += fmt::format("{}", value);
  }
  return fmt::format("[{}]", text);
}

}  // namespace

std::string to_json(const Dataset& dataset) {
  Members members, flags;
  for (const auto& [value, name] : dataset.flags) flags.add(name, fmt::format("{}", value));
  members.add("type", quote(type_name(dataset.type)));
  members.add("shape", list_json(dataset.shape));
  members.add("dimensions", list_json(dataset.dimensions));
  members.add("units", quote(dataset.units));
  members.add("long_name", quote(dataset.long_name));
  if (!dataset.flags.empty()) members.add("flags", flags.object());
  if (!dataset.attributes.empty()) members.add("attributes", attributes_json(dataset.attributes));
  std::string values;
  std::uint64_t index = 0;
  if (dataset.source) values = "null";  // a large array, left in its file
  else values_json(dataset, 0, index, values);
  members.add("values", values);
  return members.object();
}

std::string to_json(const Group& group) {
  Members members, groups, datasets;
  for (const auto& [name, child] : group.groups) groups.add(name, to_json(child));
  for (const auto& [name, dataset] : group.datasets) datasets.add(name, to_json(dataset));
  members.add("attributes", attributes_json(group.attributes));
  members.add("groups", groups.object());
  members.add("datasets", datasets.object());
  return members.object();
}

std::string json_path(const Group& root, const std::string& path) {
  const Found found = look_up(root, path);
  return found.dataset ? to_json(*found.dataset) : to_json(*found.group);
}

}  // namespace shoal::record
