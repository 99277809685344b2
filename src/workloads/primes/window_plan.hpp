// SPDX-License-Identifier: Apache-2.0
// How an interval is cut into windows, one task each. The cuts follow from the input alone, so that results of windows can be
// compared between runs; only chunks of windows adapt to time.
//
// Rules of primesieve's own threads (ParallelSieve.cpp): inner bounds are 2 mod 30, which no k-tuplet spans but (3, 5), (5, 7)
// and those that contain them, all in the first window; and windows are at least 200 sqrt(stop) long, so that the sieving
// primes up to sqrt(stop), which every window makes anew, cost little.
#pragma once

#include <cstdint>

namespace shoal::workloads::primes {

struct Window {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // exclusive
  friend bool operator==(const Window&, const Window&) = default;
};

// The least number >= n that is 2 mod 30; `limit` where that is larger.
std::uint64_t next_cut(std::uint64_t n, std::uint64_t limit);

// max(200 sqrt(stop), 10^9), below half of stop at any height.
std::uint64_t default_window(std::uint64_t stop);

// For tasks that also write what they find, which costs thirty times the sieving: a tenth of that, so that more threads share the
// work and a kill loses less.
std::uint64_t list_window(std::uint64_t stop);

// floor(sqrt(n)).
std::uint64_t root(std::uint64_t n);

class WindowPlan {
 public:
  WindowPlan() = default;
  // Windows of `window` numbers (rounded up to a multiple of 30; at least 30) over [start, stop), start <= stop.
  WindowPlan(std::uint64_t start, std::uint64_t stop, std::uint64_t window);

  std::int64_t size() const { return size_; }
  Window operator[](std::int64_t index) const;

  // Windows before the first that ends where `stop` says, and not where its length does: they stay if stop grows.
  std::int64_t n_full() const;

 private:
  std::uint64_t bound(std::int64_t index) const;

  std::uint64_t start_ = 0;
  std::uint64_t stop_ = 0;
  std::uint64_t window_ = 30;
  std::uint64_t origin_ = 0;  // bounds are origin + k * window
  std::int64_t size_ = 0;
};

}  // namespace shoal::workloads::primes
