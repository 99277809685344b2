// SPDX-License-Identifier: Apache-2.0
#include "nn/idx.hpp"

#include <fmt/format.h>

#include <bit>

#include "nn/read_bytes.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

struct IdxType {
  unsigned char code;
  std::size_t bytes;
  float (*value)(const unsigned char*);
};

template <class Word>
Word big_endian(const unsigned char* from) {
  Word word = 0;
  for (std::size_t i = 0; i < sizeof(Word); ++i) word = static_cast<Word>((word << 8) | from[i]);
  return word;
}

constexpr IdxType kTypes[] = {
    {0x08, 1, [](const unsigned char* x) { return static_cast<float>(*x); }},
    {0x09, 1, [](const unsigned char* x) { return static_cast<float>(static_cast<signed char>(*x)); }},
    {0x0B, 2, [](const unsigned char* x) { return static_cast<float>(static_cast<std::int16_t>(big_endian<std::uint16_t>(x))); }},
    {0x0C, 4, [](const unsigned char* x) { return static_cast<float>(static_cast<std::int32_t>(big_endian<std::uint32_t>(x))); }},
    {0x0D, 4, [](const unsigned char* x) { return std::bit_cast<float>(big_endian<std::uint32_t>(x)); }},
    {0x0E, 8, [](const unsigned char* x) { return static_cast<float>(std::bit_cast<double>(big_endian<std::uint64_t>(x))); }},
};

const IdxType* type_of(unsigned char code) {
  for (const IdxType& type : kTypes) {
    if (type.code == code) return &type;
  }
  return nullptr;
}

}  // namespace

std::int64_t IdxArray::row_size() const {
  std::int64_t size = 1;
  for (std::size_t d = 1; d < shape.size(); ++d) size *= shape[d];
  return size;
}

bool looks_like_idx(const std::string& bytes) {
  return bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0 && type_of(static_cast<unsigned char>(bytes[2])) != nullptr && bytes[3] > 0;
}

IdxArray read_idx(const std::string& path) {
  constexpr std::size_t kMostDimensions = 8;
  const std::string header = first_bytes(path, 4 + 4 * kMostDimensions);
  const auto* byte = reinterpret_cast<const unsigned char*>(header.data());
  if (!looks_like_idx(header) || byte[3] > kMostDimensions || header.size() < 4 + 4u * byte[3]) {
    throw InputError(fmt::format("{} is no IDX file: it does not begin with two zero bytes, a type and 1 to {} dimensions", path, kMostDimensions));
  }
  const IdxType& type = *type_of(byte[2]);
  const std::size_t n_dimensions = byte[3], begin = 4 + 4 * n_dimensions;
  IdxArray array;
  double n = 1;
  for (std::size_t d = 0; d < n_dimensions; ++d) {
    array.shape.push_back(big_endian<std::uint32_t>(byte + 4 + 4 * d));
    n *= static_cast<double>(array.shape.back());
  }
  constexpr double kCopies = 3 * sizeof(float);  // as read, as parts, as a trainer packs them
  check_memory(path, n * (static_cast<double>(type.bytes) + kCopies));
  const std::string bytes = read_bytes(path, 1);
  const auto count = static_cast<std::size_t>(n);
  if (bytes.size() != begin + count * type.bytes) {
    throw InputError(fmt::format("{}: its header promises {} bytes of numbers, it has {}", path, count * type.bytes, bytes.size() - begin));
  }
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data()) + begin;
  array.values.resize(count);
  for (std::size_t i = 0; i < count; ++i) array.values[i] = type.value(from + i * type.bytes);
  return array;
}

}  // namespace shoal::nn
