// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "shoal/config/diagnostics.hpp"

namespace shoal::config {
namespace {

constexpr std::size_t kLongestWord = 64;   // longer ones are no misspelling of ours, and the table is quadratic
constexpr std::size_t kLongestList = 12;   // candidates named in one message

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours (Damerau 1964, each place
// edited once). O(|a| |b|) time and memory.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<std::size_t> table((a.size() + 1) * columns);
  const auto d = [&](std::size_t i, std::size_t j) -> std::size_t& { return table[i * columns + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i) d(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d(i, j) = std::min({d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d(i, j) = std::min(d(i, j), d(i - 2, j - 2) + 1);
    }
  }
  return d(a.size(), b.size());
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kLongestWord) return "";
  const std::string sought = lower(word);
  std::string best;
  std::size_t best_distance = sought.size() / 3 + 1;  // to be beaten
  if (sought.size() == 2) best_distance = 2;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(sought, lower(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion_or_list(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string nearest = suggestion(word, candidates);
  if (!nearest.empty()) return fmt::format("did you mean `{}`?", nearest);
  if (candidates.empty()) return "";
  const std::size_t n = std::min(candidates.size(), kLongestList);
  const std::vector<std::string> named(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(n));
  return fmt::format("expected one of: {}{}", fmt::join(named, ", "), n < candidates.size() ? ", ..." : "");
}

}  // namespace shoal::config
