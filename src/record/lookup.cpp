// SPDX-License-Identifier: Apache-2.0
#include "record/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "shoal/error.hpp"

namespace shoal::record {
namespace {

// `path` by value: `paths` grows below, and moves its elements.
void add_paths(const Group& group, std::string path, std::vector<std::string>& paths) {
  for (const auto& entry : group.datasets) paths.push_back(path + "/" + entry.first);
  for (const auto& [name, child] : group.groups) {
    paths.push_back(path + "/" + name);
    add_paths(child, paths.back(), paths);
  }
}

// Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", 1966.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

Found look_up(const Group& root, const std::string& path) {
  std::string plain = path;
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  if (const Dataset* dataset = root.find_dataset(plain)) return {nullptr, dataset};
  if (const Group* group = root.find_group(plain)) return {group, nullptr};
  if (!plain.starts_with('/')) plain.insert(plain.begin(), '/');
  std::vector<std::string> paths;
  add_paths(root, "", paths);
  const auto closest = std::min_element(paths.begin(), paths.end(), [&](const auto& a, const auto& b) { return distance(plain, a) < distance(plain, b); });
  const std::string hint = closest == paths.end() ? "the file is empty" : fmt::format("did you mean {}?", *closest);
  throw InputError(fmt::format("there is nothing at {}: {}", plain, hint), ExitCode::input_missing);
}

}  // namespace shoal::record
