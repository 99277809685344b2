// SPDX-License-Identifier: Apache-2.0
#include "search/schedulers/top_share.hpp"

#include <algorithm>
#include <functional>

namespace shoal::search {

void TopShare::add(Item item) {
  if (!best_.empty() && item < best_.front()) {
    std::pop_heap(best_.begin(), best_.end());
    std::swap(best_.back(), item);
    std::push_heap(best_.begin(), best_.end());
  }
  rest_.push_back(item);
  std::push_heap(rest_.begin(), rest_.end(), std::greater<>());
}

void TopShare::keep(std::int64_t count) {
  while (static_cast<std::int64_t>(best_.size()) < count && !rest_.empty()) {
    std::pop_heap(rest_.begin(), rest_.end(), std::greater<>());
    best_.push_back(rest_.back());
    rest_.pop_back();
    std::push_heap(best_.begin(), best_.end());
  }
}

std::optional<TopShare::Item> TopShare::worst_kept() const {
  if (best_.empty()) return std::nullopt;
  return best_.front();
}

bool TopShare::keeps(const Item& item) const {
  return !best_.empty() && !(best_.front() < item);
}

}  // namespace shoal::search
