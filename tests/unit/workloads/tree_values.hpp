// SPDX-License-Identifier: Apache-2.0
// Values of a result tree, for tests.
#pragma once

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "shoal/record/tree.hpp"

namespace shoal::record {

inline const Dataset& dataset_at(const Group& root, const std::string& path) {
  const auto slash = path.find('/');
  if (slash == std::string::npos) {
    if (!root.datasets.contains(path)) throw std::out_of_range("no dataset " + path);
    return root.datasets.at(path);
  }
  if (!root.groups.contains(path.substr(0, slash))) throw std::out_of_range("no group " + path);
  return dataset_at(root.groups.at(path.substr(0, slash)), path.substr(slash + 1));
}

template <class T>
std::vector<T> values_at(const Group& root, const std::string& path) {
  const Dataset& dataset = dataset_at(root, path);
  if (dataset.type != type_of<T>()) throw std::logic_error("another type: " + path);
  std::vector<T> values(dataset.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), dataset.bytes.data(), dataset.bytes.size());
  return values;
}

// Equal in every bit: names, shapes, bytes, texts.
inline bool same_bits(const Group& a, const Group& b) {
  if (a.groups.size() != b.groups.size() || a.datasets.size() != b.datasets.size()) return false;
  for (const auto& [name, group] : a.groups) {
    if (!b.groups.contains(name) || !same_bits(group, b.groups.at(name))) return false;
  }
  for (const auto& [name, dataset] : a.datasets) {
    if (!b.datasets.contains(name)) return false;
    const Dataset& other = b.datasets.at(name);
    if (dataset.type != other.type || dataset.shape != other.shape || dataset.bytes != other.bytes ||
        dataset.strings != other.strings)
      return false;
  }
  return true;
}

}  // namespace shoal::record
