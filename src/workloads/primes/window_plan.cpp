// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/window_plan.hpp"

#include <algorithm>
#include <limits>

namespace shoal::workloads::primes {
namespace {

constexpr std::uint64_t kPeriod = 30;
constexpr std::uint64_t kCut = 2;
constexpr std::uint64_t kShortest = 1000000000;  // starting a window costs 2 ms of some 90
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::uint64_t next_cut(std::uint64_t n, std::uint64_t limit) {
  const std::uint64_t add = (kCut + kPeriod - n % kPeriod) % kPeriod;
  return n > limit || add > limit - n ? limit : n + add;
}

std::uint64_t root(std::uint64_t n) {
  auto r = static_cast<std::uint64_t>(__builtin_sqrt(static_cast<double>(n)));
  while (r > 0xffffffff || r * r > n) --r;
  while (r < 0xffffffff && (r + 1) * (r + 1) <= n) ++r;
  return r;
}

std::uint64_t default_window(std::uint64_t stop) { return std::max(200 * root(stop), kShortest); }

std::uint64_t list_window(std::uint64_t stop) { return default_window(stop) / 10; }

WindowPlan::WindowPlan(std::uint64_t start, std::uint64_t stop, std::uint64_t window) : start_(start), stop_(stop) {
  const std::uint64_t w = std::max(std::min(window, kMost - kPeriod), kPeriod);
  window_ = (w + kPeriod - 1) / kPeriod * kPeriod;
  origin_ = next_cut(start, stop);
  if (stop <= start) return;
  const std::uint64_t length = stop - origin_;
  size_ = static_cast<std::int64_t>(std::max<std::uint64_t>(1, length / window_ + (length % window_ != 0)));
}

std::uint64_t WindowPlan::bound(std::int64_t index) const {
  if (index == 0) return start_;
  const auto k = static_cast<std::uint64_t>(index);
  return k > (stop_ - origin_) / window_ ? stop_ : origin_ + k * window_;
}

Window WindowPlan::operator[](std::int64_t index) const { return {bound(index), bound(index + 1)}; }

std::int64_t WindowPlan::n_full() const {
  return static_cast<std::int64_t>((stop_ - origin_) / window_);
}

}  // namespace shoal::workloads::primes
