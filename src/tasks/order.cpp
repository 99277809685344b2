// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/order.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

namespace shoal::tasks {
namespace {

constexpr std::array<std::string_view, 3> kNames{"natural", "bit_reversed", "longest"};

// How many of 0 .. n-1 leave the remainder r < n on division by 2^bits.
std::int64_t count_congruent(std::int64_t n, std::int64_t r, int bits) { return ((n - 1 - r) >> bits) + 1; }

// The p-th number below n when numbers are sorted by their reversed bits. Descends bit by bit, lowest first: of the
// numbers congruent r modulo 2^bit those with a zero in the next bit come first.
std::int64_t bit_reversed_at(std::int64_t p, std::int64_t n) {
  std::int64_t r = 0;
  for (int bit = 0; (std::int64_t{1} << bit) < n; ++bit) {
    const std::int64_t zeros = count_congruent(n, r, bit + 1);
    const bool one = p >= zeros;
    p -= one ? zeros : 0;
    r += one ? std::int64_t{1} << bit : 0;
  }
  return r;
}

std::int64_t bit_reversed_position(std::int64_t task, std::int64_t n) {
  std::int64_t p = 0;
  std::int64_t r = 0;
  for (int bit = 0; (std::int64_t{1} << bit) < n; ++bit) {
    const std::int64_t one = (task >> bit) & 1;
    p += one * count_congruent(n, r, bit + 1);
    r += one << bit;
  }
  return p;
}

// Dealing like cards: position p lies in block i (which starts at i * floor(n/c) + min(i, n mod c)) and means i + j c.
std::int64_t cyclic_at(std::int64_t p, std::int64_t n, std::int64_t c) {
  const std::int64_t small = n / c;
  const std::int64_t longer = n % c;  // so many blocks have one more
  const std::int64_t edge = longer * (small + 1);
  const std::int64_t block = p < edge ? p / (small + 1) : longer + (p - edge) / small;
  return block + c * (p - block * small - std::min(block, longer));
}

std::int64_t cyclic_position(std::int64_t q, std::int64_t n, std::int64_t c) {
  const std::int64_t block = q % c;
  return block * (n / c) + std::min(block, n % c) + q / c;
}

}  // namespace

std::optional<OrderKind> order_from_name(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<OrderKind>(found - kNames.begin());
}

std::string_view order_name(OrderKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

Order make_order(OrderKind kind, std::int64_t n_tasks, std::int64_t cyclic) {
  if (kind == OrderKind::longest && n_tasks > kMaxSortedTasks) kind = OrderKind::natural;
  const std::int64_t hands = std::clamp<std::int64_t>(cyclic, 1, std::max<std::int64_t>(n_tasks, 1));
  if (kind == OrderKind::natural && hands == 1) return {};
  return {kind, n_tasks, hands};
}

TaskOrder::TaskOrder(const Order& order, const Job& job, std::int64_t stream, std::int64_t first_task)
    : order_(order) {
  if (order.n_tasks < 0 || order.cyclic < 1 || order.cyclic > std::max<std::int64_t>(order.n_tasks, 1) ||
      static_cast<std::size_t>(order.kind) >= kNames.size() ||
      (order.kind == OrderKind::longest && order.n_tasks > kMaxSortedTasks))
    throw std::invalid_argument("impossible task order");
  if (order.kind != OrderKind::longest) return;

  const auto n = static_cast<std::size_t>(order.n_tasks);
  std::vector<double> cost(n);
  for (std::size_t i = 0; i < n; ++i) cost[i] = job.cost_hint({stream, first_task + static_cast<std::int64_t>(i)});
  sorted_.resize(n);
  std::iota(sorted_.begin(), sorted_.end(), 0U);
  std::stable_sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) { return cost[a] > cost[b]; });
  inverse_.resize(n);
  for (std::size_t i = 0; i < n; ++i) inverse_[sorted_[i]] = static_cast<std::uint32_t>(i);
}

std::int64_t TaskOrder::task_at(std::int64_t position) const {
  std::int64_t p = position;
  if (order_.cyclic > 1) p = cyclic_at(p, order_.n_tasks, order_.cyclic);
  switch (order_.kind) {
    case OrderKind::natural: return p;
    case OrderKind::bit_reversed: return bit_reversed_at(p, order_.n_tasks);
    case OrderKind::longest: return sorted_[static_cast<std::size_t>(p)];
  }
  return p;
}

std::int64_t TaskOrder::position_of(std::int64_t task) const {
  std::int64_t p = task;
  if (order_.kind == OrderKind::bit_reversed) p = bit_reversed_position(task, order_.n_tasks);
  if (order_.kind == OrderKind::longest) p = inverse_[static_cast<std::size_t>(task)];
  return order_.cyclic > 1 ? cyclic_position(p, order_.n_tasks, order_.cyclic) : p;
}

}  // namespace shoal::tasks
