// SPDX-License-Identifier: Apache-2.0
// A set of integers as disjoint, non-touching half-open intervals. Each operation O(log n) plus the intervals it touches.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace shoal::tasks {

class IntervalSet {
 public:
  using Interval = std::pair<std::int64_t, std::int64_t>;  // [first, second)

  bool empty() const { return intervals_.empty(); }
  std::int64_t size() const { return size_; }
  const std::map<std::int64_t, std::int64_t>& intervals() const { return intervals_; }

  bool contains(std::int64_t x) const {
    const auto next = intervals_.upper_bound(x);
    return next != intervals_.begin() && std::prev(next)->second > x;
  }

  void add(std::int64_t begin, std::int64_t end) {
    if (begin >= end) return;
    auto it = intervals_.lower_bound(begin);
    if (it != intervals_.begin() && std::prev(it)->second >= begin) --it;
    while (it != intervals_.end() && it->first <= end) {
      begin = std::min(begin, it->first);
      end = std::max(end, it->second);
      size_ -= it->second - it->first;
      it = intervals_.erase(it);
    }
    intervals_.emplace_hint(it, begin, end);
    size_ += end - begin;
  }

  void remove(std::int64_t begin, std::int64_t end) {
    if (begin >= end) return;
    auto it = intervals_.lower_bound(begin);
    if (it != intervals_.begin() && std::prev(it)->second > begin) --it;
    while (it != intervals_.end() && it->first < end) {
      const auto [from, to] = *it;
      it = intervals_.erase(it);
      size_ -= to - from;
      if (from < begin) insert(from, begin);
      if (to > end) insert(end, to);
    }
  }

  // The parts of [begin, end) that are not in the set, rising.
  std::vector<Interval> missing(std::int64_t begin, std::int64_t end) const {
    std::vector<Interval> out;
    auto it = intervals_.upper_bound(begin);
    if (it != intervals_.begin()) --it;
    for (; it != intervals_.end() && it->first < end && begin < end; ++it) {
      if (it->second <= begin) continue;
      if (it->first > begin) out.emplace_back(begin, it->first);
      begin = it->second;
    }
    if (begin < end) out.emplace_back(begin, end);
    return out;
  }

  // Removes and returns the smallest element and up to n - 1 that follow it without a gap.
  Interval take_front(std::int64_t n) {
    const auto it = intervals_.begin();
    const std::int64_t begin = it->first;
    const std::int64_t end = it->second - begin <= n ? it->second : begin + n;
    remove(begin, end);
    return {begin, end};
  }

 private:
  void insert(std::int64_t begin, std::int64_t end) {
    intervals_.emplace(begin, end);
    size_ += end - begin;
  }

  std::map<std::int64_t, std::int64_t> intervals_;
  std::int64_t size_ = 0;
};

}  // namespace shoal::tasks
