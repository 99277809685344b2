// SPDX-License-Identifier: Apache-2.0
// The best of all values noted so far, in an order-statistic structure that never forgets: two heaps, O(log n) a value, 16
// bytes each.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace shoal::search {

class TopShare {
 public:
  using Item = std::pair<double, std::int64_t>;  // loss (never NaN), trial: equal losses in the order of trials

  std::int64_t size() const { return static_cast<std::int64_t>(best_.size() + rest_.size()); }

  void add(Item item);

  // Keeps the `count` best apart from now on; `count` may only grow.
  void keep(std::int64_t count);

  // The worst of the best; nothing if none is kept.
  std::optional<Item> worst_kept() const;
  bool keeps(const Item& item) const;

 private:
  std::vector<Item> best_;  // heap, the worst first
  std::vector<Item> rest_;  // heap, the best first
};

}  // namespace shoal::search
