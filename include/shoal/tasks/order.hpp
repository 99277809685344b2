// SPDX-License-Identifier: Apache-2.0
// The order in which the tasks of a round are handed out: a permutation position -> task, known to every rank.
//
// Work travels and is recorded as ranges of *positions*. The permutation is a pure function of an Order (a few
// numbers that travel with each range) and, for `longest`, of Job::cost_hint; so a record stays readable when a later
// run uses another order, another number of ranks or a longer round.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::tasks {

enum class OrderKind : std::uint8_t {
  natural,       // position p is task p
  bit_reversed,  // spreads neighbouring tasks far apart: bit-reversed counting, numbers >= n left out
  longest,       // falling cost_hint, equal ones in natural order
};

// "natural", "bit_reversed", "longest".
std::optional<OrderKind> order_from_name(std::string_view name);
std::string_view order_name(OrderKind);

// Everything but the cost hints that the permutation depends on.
struct Order {
  OrderKind kind = OrderKind::natural;
  std::int64_t n_tasks = 0;  // length of the round (0 if the kind is natural and cyclic = 1: not needed)
  std::int64_t cyclic = 1;   // > 1: positions are dealt like cards to so many hands: block i holds i, i + cyclic, ...
  friend bool operator==(const Order&, const Order&) = default;
  bool is_natural() const { return kind == OrderKind::natural && cyclic == 1; }
};

// Largest round for which `longest` keeps its tables; longer rounds use the natural order.
inline constexpr std::int64_t kMaxSortedTasks = std::int64_t{1} << 27;

// The permutation itself. Immutable, shared by threads. O(1) a look-up (bit_reversed: O(log n)); memory: none, or
// 8 bytes a task for `longest`.
class TaskOrder {
 public:
  // Tasks are numbered from 0 within the round; `first_task` is the number of its first task in the stream (only for
  // the cost hints). Throws std::invalid_argument for an impossible Order.
  TaskOrder(const Order&, const Job&, std::int64_t stream, std::int64_t first_task);

  const Order& order() const { return order_; }
  std::int64_t task_at(std::int64_t position) const;      // 0 <= position < n_tasks
  std::int64_t position_of(std::int64_t task) const;      // its inverse

 private:
  Order order_;
  std::vector<std::uint32_t> sorted_;   // longest: rank in falling cost -> task
  std::vector<std::uint32_t> inverse_;
};

// The Order that a round of n tasks gets under `kind`; cyclic > 1 for static cyclic chunks over so many slots.
Order make_order(OrderKind kind, std::int64_t n_tasks, std::int64_t cyclic = 1);

}  // namespace shoal::tasks
