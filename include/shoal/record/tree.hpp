// SPDX-License-Identifier: Apache-2.0
// A result file in memory, before it is HDF5 and after it was: groups, datasets and attributes as plain data.
// Workloads fill it; `record` writes, reads, digests and compares it. No HDF5 type appears here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/record/sha256.hpp"

namespace shoal::record {

enum class Type { f8, f4, i8, i4, i1, u8, u4, text };

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, double>) return Type::f8;
  else if constexpr (std::is_same_v<T, float>) return Type::f4;
  else if constexpr (std::is_same_v<T, std::int64_t>) return Type::i8;
  else if constexpr (std::is_same_v<T, std::int32_t>) return Type::i4;
  else if constexpr (std::is_same_v<T, std::int8_t>) return Type::i1;
  else if constexpr (std::is_same_v<T, std::uint64_t>) return Type::u8;
  else { static_assert(std::is_same_v<T, std::uint32_t>, "not a type of result files"); return Type::u4; }
}

// Bytes of one element; texts count as 16 (what a variable-length string takes inside an HDF5 dataset).
std::size_t element_bytes(Type type);

// "f8", "f4", "i8", "i4", "i1", "u8", "u4", "text": as in the digest and in messages.
std::string_view type_name(Type type);

// `text` as valid UTF-8 without NUL (a NUL would end a string inside HDF5): each offending byte becomes U+FFFD.
std::string clean_text(std::string_view text);

using Attribute = std::variant<std::string, std::int64_t, double, std::vector<std::int64_t>, std::vector<double>>;

// The value and name of one member of an enumeration stored as integers (flag_values, flag_meanings).
using Flags = std::vector<std::pair<std::int64_t, std::string>>;

// The numbers of a dataset that was left in its file, block by block (layout.hpp).
class BlockSource {
 public:
  virtual ~BlockSource() = default;

  // The elements of block `index`, valid until the next call. Throws Error (74, 76) if they cannot be read.
  virtual std::span<const std::byte> read(std::uint64_t index) const = 0;
};

// An n-dimensional array, row-major, little-endian; no dimensions: a scalar.
struct Dataset {
  Type type = Type::f8;
  std::vector<std::uint64_t> shape;
  std::vector<std::byte> bytes;           // numbers; empty for text
  std::vector<std::string> strings;       // text, UTF-8
  std::vector<Sha256Value> tile_hashes;   // not empty: the numbers are elsewhere (streamed.hpp); one hash a block
  std::shared_ptr<const BlockSource> source;  // not null: the numbers were left in a file (open_result), `bytes` is empty
  std::vector<std::string> dimensions;    // one name a dimension: a scale of that name in the same group (made if missing)
  std::string units = "1";
  std::string long_name;
  Flags flags;                            // empty: not an enumeration
  std::map<std::string, Attribute> attributes;

  // Product of the shape; 1 for a scalar.
  std::uint64_t n_elements() const;

  // A copy of the numbers. Throws std::logic_error if T is not the type of this dataset.
  template <class T>
  std::vector<T> values() const;

 private:
  void require(Type wanted) const;
};

// Names of groups, datasets and attributes: not empty, no '/', no control character, not "." or "..", valid UTF-8.
// A dimension is a one-dimensional scale in the group of the dataset, of the dimension's name. A dataset of that name
// must be that scale: one-dimensional, on the dimension of its own name. Else the scale is made when the tree is written,
// without values. All datasets of a group that name a dimension agree on its length. Only integers have flags, and flags'
// names come back with '_' for blanks. Units, long_name and flags are no attributes of a dataset.
struct Group {
  std::map<std::string, Group> groups;
  std::map<std::string, Dataset> datasets;
  std::map<std::string, Attribute> attributes;

  // The group at a path such as "trials/params", made if missing.
  Group& group(std::string_view path);

  // What is at a path such as "trials/loss"; null if it is not there. A leading '/' is ignored.
  const Group* find_group(std::string_view path) const;
  const Dataset* find_dataset(std::string_view path) const;

  // Adds a dataset under this group and returns it. `text` and `texts` clean what they store (see clean_text). Throws std::logic_error if the
  // name exists or is not a name, or sizes disagree.
  template <class T>
  Dataset& add(const std::string& name, const std::vector<T>& values, std::vector<std::uint64_t> shape,
               std::vector<std::string> dimensions, std::string units, std::string long_name);
  template <class T>
  Dataset& scalar(const std::string& name, T value, std::string units, std::string long_name);
  Dataset& text(const std::string& name, std::string value, std::string long_name);
  Dataset& texts(const std::string& name, std::vector<std::string> values, std::string dimension, std::string long_name);

 private:
  Dataset& add_bytes(const std::string& name, Type, const void* values, std::size_t n_bytes,
                     std::vector<std::uint64_t> shape, std::vector<std::string> dimensions, std::string units,
                     std::string long_name);
};

// Throws std::logic_error, naming the path, where the rules above are broken anywhere below `group`.
void check_tree(const Group& group, const std::string& path = "");

template <class T>
std::vector<T> Dataset::values() const {
  require(type_of<T>());
  std::vector<T> result(bytes.size() / sizeof(T));
  if (!result.empty()) std::memcpy(result.data(), bytes.data(), result.size() * sizeof(T));
  return result;
}

template <class T>
Dataset& Group::add(const std::string& name, const std::vector<T>& values, std::vector<std::uint64_t> shape,
                    std::vector<std::string> dimensions, std::string units, std::string long_name) {
  return add_bytes(name, type_of<T>(), values.data(), values.size() * sizeof(T), std::move(shape),
                   std::move(dimensions), std::move(units), std::move(long_name));
}

template <class T>
Dataset& Group::scalar(const std::string& name, T value, std::string units, std::string long_name) {
  return add_bytes(name, type_of<T>(), &value, sizeof(T), {}, {}, std::move(units), std::move(long_name));
}

}  // namespace shoal::record
