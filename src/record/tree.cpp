// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>

#include "shoal/record/layout.hpp"

namespace shoal::record {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Length of the valid UTF-8 sequence at the start of `text` (RFC 3629: no overlong forms, no surrogates); 0 if none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// Product of the extents; throws where it does not fit.
std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t n = 1;
  for (const std::uint64_t extent : shape) {
    if (extent != 0 && n > std::numeric_limits<std::uint64_t>::max() / extent) throw std::logic_error("a shape overflows 64 bits");
    n *= extent;
  }
  return n;
}

void check_name(const std::string& name, const std::string& where) {
  const bool control = std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '/'; });
  if (name.empty() || name == "." || name == ".." || control || clean_text(name) != name)
    throw std::logic_error(fmt::format("'{}' in {} is not a name of a result file", name, where.empty() ? "/" : where));
}

// The first piece of a path and the rest.
std::pair<std::string_view, std::string_view> split(std::string_view path) {
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return {path, {}};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

void check_description(const Dataset& dataset, const std::string& path) {
  constexpr std::array<std::string_view, 8> reserved = {"units", "long_name", "flag_values", "flag_meanings",
                                                        "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"};
  for (const auto& attribute : dataset.attributes) {
    check_name(attribute.first, path);
    if (std::find(reserved.begin(), reserved.end(), attribute.first) != reserved.end())
      throw std::logic_error(fmt::format("{}: the attribute '{}' has a meaning of its own", path, attribute.first));
  }
  const bool counts = dataset.type != Type::f8 && dataset.type != Type::f4 && dataset.type != Type::text;
  if (!dataset.flags.empty() && !counts) throw std::logic_error(path + ": only integers can be enumerations");
  for (const std::string& text : dataset.strings)
    if (clean_text(text) != text) throw std::logic_error(path + ": a text is not valid UTF-8 or holds a zero byte");
}

void check_dataset(const Group& group, const std::string& name, const Dataset& dataset, const std::string& where) {
  const std::string path = where + "/" + name;
  check_name(name, where);
  const std::uint64_t n = product(dataset.shape);
  const bool fits = !dataset.tile_hashes.empty()
                        ? dataset.tile_hashes.size() == blocks(dataset.type, dataset.shape).size() && dataset.bytes.empty() &&
                              dataset.type != Type::text
                    : dataset.type == Type::text
                        ? dataset.strings.size() == n && dataset.bytes.empty()
                        : dataset.bytes.size() == n * element_bytes(dataset.type) && dataset.strings.empty();
  if (!fits) throw std::logic_error(path + ": shape and number of values disagree");
  if (dataset.dimensions.size() != dataset.shape.size())
    throw std::logic_error(fmt::format("{}: {} dimensions for {} extents", path, dataset.dimensions.size(), dataset.shape.size()));
  for (const std::string& dimension : dataset.dimensions) {
    check_name(dimension, path);
    if (group.groups.contains(dimension))
      throw std::logic_error(fmt::format("{}: its dimension '{}' has the name of a group", path, dimension));
    const auto scale = group.datasets.find(dimension);
    if (scale != group.datasets.end() && scale->second.dimensions != std::vector<std::string>{dimension})
      throw std::logic_error(fmt::format("{}: its dimension '{}' has the name of a dataset that is not its scale", path, dimension));
  }
  check_description(dataset, path);
}

}  // namespace

std::size_t element_bytes(Type type) {
  switch (type) {
    case Type::f8: case Type::i8: case Type::u8: return 8;
    case Type::f4: case Type::i4: case Type::u4: return 4;
    case Type::i1: return 1;
    case Type::text: return 16;
  }
  return 0;
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::f8: return "f8";
    case Type::f4: return "f4";
    case Type::i8: return "i8";
    case Type::i4: return "i4";
    case Type::i1: return "i1";
    case Type::u8: return "u8";
    case Type::u4: return "u4";
    case Type::text: return "text";
  }
  return "";
}

std::string clean_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = text.front() == '\0' ? 0 : sequence_length(text);
    clean += length > 0 ? text.substr(0, length) : kReplacement;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return clean;
}

std::uint64_t Dataset::n_elements() const { return product(shape); }

void Dataset::require(Type wanted) const {
  if (type != wanted)
    throw std::logic_error(fmt::format("'{}' holds {}, not {}", long_name, type_name(type), type_name(wanted)));
}

Group& Group::group(std::string_view path) {
  const auto [first, rest] = split(path);
  if (first.empty()) return *this;
  const std::string name(first);
  check_name(name, "a group");
  if (datasets.contains(name)) throw std::logic_error("'" + name + "' is a dataset, not a group");
  return groups[name].group(rest);
}

const Group* Group::find_group(std::string_view path) const {
  const auto [first, rest] = split(path);
  if (first.empty()) return this;
  const auto found = groups.find(std::string(first));
  return found == groups.end() ? nullptr : found->second.find_group(rest);
}

const Dataset* Group::find_dataset(std::string_view path) const {
  const auto slash = path.rfind('/');
  const Group* parent = slash == std::string_view::npos ? this : find_group(path.substr(0, slash));
  if (!parent) return nullptr;
  const auto found = parent->datasets.find(std::string(slash == std::string_view::npos ? path : path.substr(slash + 1)));
  return found == parent->datasets.end() ? nullptr : &found->second;
}

Dataset& Group::add_bytes(const std::string& name, Type type, const void* values, std::size_t n_bytes,
                          std::vector<std::uint64_t> shape, std::vector<std::string> dimensions, std::string units,
                          std::string long_name) {
  check_name(name, "a group");
  if (datasets.contains(name) || groups.contains(name)) throw std::logic_error("'" + name + "' exists already");
  Dataset dataset;
  dataset.type = type;
  dataset.shape = std::move(shape);
  dataset.dimensions = std::move(dimensions);
  dataset.units = clean_text(units);
  dataset.long_name = clean_text(long_name);
  const auto* first = static_cast<const std::byte*>(values);
  dataset.bytes.assign(first, first + n_bytes);
  if (n_bytes != product(dataset.shape) * element_bytes(type) || dataset.dimensions.size() != dataset.shape.size())
    throw std::logic_error("'" + name + "': shape, dimensions and number of values disagree");
  return datasets.emplace(name, std::move(dataset)).first->second;
}

Dataset& Group::text(const std::string& name, std::string value, std::string long_name) {
  Dataset& dataset = add_bytes(name, Type::i1, nullptr, 0, {0}, {name}, "1", std::move(long_name));
  dataset.type = Type::text;
  dataset.shape.clear();
  dataset.dimensions.clear();
  dataset.strings = {clean_text(value)};
  return dataset;
}

Dataset& Group::texts(const std::string& name, std::vector<std::string> values, std::string dimension,
                      std::string long_name) {
  Dataset& dataset = add_bytes(name, Type::i1, nullptr, 0, {0}, {std::move(dimension)}, "1", std::move(long_name));
  dataset.type = Type::text;
  dataset.shape = {values.size()};
  for (std::string& value : values) value = clean_text(value);
  dataset.strings = std::move(values);
  return dataset;
}

void check_tree(const Group& group, const std::string& path) {
  for (const auto& attribute : group.attributes) check_name(attribute.first, path);
  std::map<std::string, std::pair<std::uint64_t, std::string>> lengths;  // dimension -> extent, first dataset
  for (const auto& [name, dataset] : group.datasets) {
    if (group.groups.contains(name)) throw std::logic_error(path + "/" + name + " is a group and a dataset");
    check_dataset(group, name, dataset, path);
    for (std::size_t i = 0; i < dataset.shape.size(); ++i) {
      const auto [known, added] = lengths.try_emplace(dataset.dimensions[i], dataset.shape[i], name);
      if (!added && known->second.first != dataset.shape[i])
        throw std::logic_error(fmt::format("{}: dimension '{}' has length {} in '{}' and {} in '{}'", path.empty() ? "/" : path,
                                           known->first, known->second.first, known->second.second, dataset.shape[i], name));
    }
  }
  for (const auto& [name, child] : group.groups) {
    check_name(name, path);
    check_tree(child, path + "/" + name);
  }
}

}  // namespace shoal::record
