// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/digest.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <map>

#include "shoal/record/layout.hpp"

namespace shoal::record {
namespace {

static_assert(std::endian::native == std::endian::little, "result files and digests are little-endian");

// Hashes numbers with every NaN replaced by the one canonical NaN. `Bits` is the unsigned integer of T's size.
template <class T, class Bits>
Sha256Value hash_floats(std::span<const std::byte> bytes, Bits canonical) {
  std::vector<Bits> words(bytes.size() / sizeof(Bits));
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
  for (Bits& word : words) {
    const T value = std::bit_cast<T>(word);
    if (value != value) word = canonical;
  }
  return sha256(std::as_bytes(std::span(words)));
}

Sha256Value hash_texts(std::span<const std::string> strings) {
  Sha256 hash;
  constexpr std::string_view end("\0", 1);
  for (const std::string& text : strings) hash.update(text).update(end);
  return hash.finish();
}

void collect(const Group& group, const std::string& path, std::map<std::string, std::string>& lines) {
  for (const auto& [name, dataset] : group.datasets) lines[path + "/" + name] = digest_line(path + "/" + name, dataset);
  for (const auto& [name, child] : group.groups) collect(child, path + "/" + name, lines);
}

}  // namespace

Sha256Value block_hash(const Dataset& dataset, std::uint64_t first, std::uint64_t count) {
  if (dataset.type == Type::text) return hash_texts(std::span(dataset.strings).subspan(first, count));
  const std::size_t size = element_bytes(dataset.type);
  return block_hash(dataset.type, std::span(dataset.bytes).subspan(first * size, count * size));
}

Sha256Value block_hash(Type type, std::span<const std::byte> elements) {
  if (type == Type::f8) return hash_floats<double, std::uint64_t>(elements, 0x7ff8000000000000U);
  if (type == Type::f4) return hash_floats<float, std::uint32_t>(elements, 0x7fc00000U);
  return sha256(elements);
}

std::string digest_line(const std::string& path, const Dataset& dataset) {
  Sha256 content;
  if (!dataset.tile_hashes.empty()) {
    for (const Sha256Value& hash : dataset.tile_hashes) content.update(hash);
  } else {
    for (const Block& block : blocks(dataset.type, dataset.shape)) content.update(block_hash(dataset, block.first, block.count));
  }
  return fmt::format("{}\t{}\t{}\t{}\n", path, type_name(dataset.type), fmt::join(dataset.shape, ","), to_hex(content.finish()));
}

std::string digest(const Group& results) {
  std::map<std::string, std::string> lines;  // by path: std::string compares bytes as unsigned
  collect(results, "/results", lines);
  Sha256 hash;
  hash.update("shoal-digest-1\n");
  for (const auto& [path, line] : lines) hash.update(line);
  return to_hex(hash.finish());
}

}  // namespace shoal::record
