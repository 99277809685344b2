// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <stdexcept>

#include "record/element.hpp"
#include "shoal/record/layout.hpp"
#include "shoal/record/text_view.hpp"

namespace shoal::record {
namespace {

template <class T>
T load(const Dataset& dataset, std::uint64_t index) {
  T value;
  std::span<const std::byte> bytes = dataset.bytes;
  if (dataset.source) {
    if (index >= dataset.n_elements()) throw std::out_of_range("no such element");
    const std::uint64_t block = block_of(dataset.type, dataset.shape, index);
    bytes = dataset.source->read(block);
    index -= block_at(dataset.type, dataset.shape, block).first;
  }
  if ((index + 1) * sizeof(T) > bytes.size()) throw std::out_of_range("no such element");
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

}  // namespace

Element element(const Dataset& dataset, std::uint64_t index) {
  switch (dataset.type) {
    case Type::f8: return load<double>(dataset, index);
    case Type::f4: return load<float>(dataset, index);
    case Type::i8: return load<std::int64_t>(dataset, index);
    case Type::i4: return std::int64_t{load<std::int32_t>(dataset, index)};
    case Type::i1: return std::int64_t{load<std::int8_t>(dataset, index)};
    case Type::u8: return load<std::uint64_t>(dataset, index);
    case Type::u4: return std::uint64_t{load<std::uint32_t>(dataset, index)};
    case Type::text: return std::string_view(dataset.strings.at(index));
  }
  return std::int64_t{0};
}

std::string number_text(const Element& value) {
  return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

std::string element_text(const Dataset& dataset, std::uint64_t index) {
  const Element value = element(dataset, index);
  std::optional<std::int64_t> flag;
  if (const auto* number = std::get_if<std::int64_t>(&value)) flag = *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) flag = static_cast<std::int64_t>(*number);
  for (const auto& [code, name] : dataset.flags)
    if (flag == code) return name;
  return number_text(value);
}

}  // namespace shoal::record
