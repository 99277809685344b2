// SPDX-License-Identifier: Apache-2.0
// Load balance by iterations: how even the work of P workers would be if a task were one row, costs its iterations, and nothing
// else took time. The classic study of the schedules of loops: neighbouring rows cost about the same, those across the middle
// of the set most.
//
//   efficiency = mean load / largest load
//
// Static rules fix who gets which rows. The others are played greedily: who is free first (of several the one with the lowest
// number) gets the next chunk. Sources of the rules: shoal/tasks/chunks.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "shoal/record/tree.hpp"
#include "shoal/tasks/chunks.hpp"
#include "shoal/tasks/order.hpp"

namespace shoal::workloads::mandelbrot {

inline constexpr std::int64_t kBalanceWorkers[] = {4, 16, 64};
inline constexpr tasks::ChunkRule kBalanceRules[] = {tasks::ChunkRule::static_block, tasks::ChunkRule::static_cyclic, tasks::ChunkRule::one,
                                                     tasks::ChunkRule::guided, tasks::ChunkRule::factoring, tasks::ChunkRule::trapezoid};
inline constexpr tasks::OrderKind kBalanceOrders[] = {tasks::OrderKind::natural, tasks::OrderKind::bit_reversed};

struct Balance {
  double efficiency = 0;
  std::int64_t requests = 0;  // chunks that are handed out
};

// Rows in their natural order or, for the rules that ask again and again, in any other: costs[order[k]] is handed out as k-th.
Balance balance_of(tasks::ChunkRule rule, tasks::OrderKind order, std::int64_t n_workers, std::span<const std::uint64_t> costs);

// /results/balance/{efficiency, requests} (workers, rule, order).
void write_balance(std::span<const std::uint64_t> costs, record::Group& results);

// The same as a table.
std::vector<std::string> balance_table(std::span<const std::uint64_t> costs);

}  // namespace shoal::workloads::mandelbrot
