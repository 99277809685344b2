// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/balance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <queue>
#include <string>
#include <utility>

namespace shoal::workloads::mandelbrot {
namespace {

// A job without work: an order needs one for cost hints only.
class NoJob final : public tasks::Job {
 public:
  tasks::Round prepare_round(std::int64_t, std::int64_t) override { return {}; }
  bool run(const tasks::TaskInput&, tasks::Workspace*, tasks::TaskOutput&) const override { return true; }
  void fold(tasks::TaskId, tasks::ByteView) override {}
};

double efficiency_of(const std::vector<std::uint64_t>& loads) {
  std::uint64_t sum = 0, most = 0;
  for (const std::uint64_t load : loads) {
    sum += load;
    most = std::max(most, load);
  }
  return most == 0 ? 1 : static_cast<double>(sum) / (static_cast<double>(loads.size()) * static_cast<double>(most));
}

}  // namespace

Balance balance_of(tasks::ChunkRule rule, tasks::OrderKind order_kind, std::int64_t n_workers, std::span<const std::uint64_t> costs) {
  const auto n = static_cast<std::int64_t>(costs.size());
  const NoJob job;
  const tasks::TaskOrder order(tasks::make_order(order_kind, n), job, 0, 0);
  std::vector<std::uint64_t> loads(static_cast<std::size_t>(n_workers));
  tasks::ChunkSequence chunks(rule, n, n_workers);
  using Free = std::pair<std::uint64_t, std::size_t>;  // since when, who
  std::priority_queue<Free, std::vector<Free>, std::greater<>> free;
  for (std::size_t worker = 0; worker < loads.size(); ++worker) free.emplace(0, worker);
  Balance balance;
  for (std::int64_t next = 0; next < n;) {
    const std::int64_t chunk = chunks.next(n - next, n_workers);
    const std::size_t worker = tasks::is_static(rule) ? static_cast<std::size_t>(balance.requests % n_workers) : free.top().second;
    for (std::int64_t k = 0; k < chunk; ++k) {
      const std::int64_t position = rule == tasks::ChunkRule::static_cyclic ? static_cast<std::int64_t>(worker) + k * n_workers : next + k;
      loads[worker] += costs[static_cast<std::size_t>(order.task_at(position))];
    }
    if (!tasks::is_static(rule)) {
      free.pop();
      free.emplace(loads[worker], worker);
    }
    next += chunk;
    ++balance.requests;
  }
  balance.efficiency = efficiency_of(loads);
  return balance;
}

void write_balance(std::span<const std::uint64_t> costs, record::Group& results) {
  std::vector<double> efficiencies;
  std::vector<std::int64_t> requests;
  for (const std::int64_t workers : kBalanceWorkers) {
    for (const tasks::ChunkRule rule : kBalanceRules) {
      for (const tasks::OrderKind order : kBalanceOrders) {
        const Balance balance = balance_of(rule, order, workers, costs);
        efficiencies.push_back(balance.efficiency);
        requests.push_back(balance.requests);
      }
    }
  }
  record::Group& group = results.group("balance");
  const std::vector<std::int64_t> workers(std::begin(kBalanceWorkers), std::end(kBalanceWorkers));
  std::vector<std::int32_t> rules, orders;
  record::Flags rule_names, order_names;
  for (const tasks::ChunkRule rule : kBalanceRules) {
    rule_names.emplace_back(static_cast<std::int64_t>(rules.size()), tasks::chunk_rule_name(rule));
    rules.push_back(static_cast<std::int32_t>(rules.size()));
  }
  for (const tasks::OrderKind order : kBalanceOrders) {
    order_names.emplace_back(static_cast<std::int64_t>(orders.size()), tasks::order_name(order));
    orders.push_back(static_cast<std::int32_t>(orders.size()));
  }
  const std::uint64_t n_workers = workers.size(), n_rules = rules.size(), n_orders = orders.size();
  group.add("workers", workers, {n_workers}, {"workers"}, "1", "workers that share the rows");
  group.add("rule", rules, {n_rules}, {"rule"}, "1", "who gets how many rows").flags = rule_names;
  group.add("order", orders, {n_orders}, {"order"}, "1", "in which order rows are handed out").flags = order_names;
  group.add("efficiency", efficiencies, {n_workers, n_rules, n_orders}, {"workers", "rule", "order"}, "1",
            "mean load over largest load, by iterations, if nothing else took time");
  group.add("requests", requests, {n_workers, n_rules, n_orders}, {"workers", "rule", "order"}, "1", "chunks that are handed out");
}

std::vector<std::string> balance_table(std::span<const std::uint64_t> costs) {
  std::vector<std::string> lines = {"load balance by iterations, rows as tasks: mean load / largest load (natural | bit-reversed rows)"};
  std::string head = fmt::format("{:<16}", "workers");
  for (const std::int64_t workers : kBalanceWorkers) head += fmt::format("{:>19}", workers);
  lines.push_back(head);
  for (const tasks::ChunkRule rule : kBalanceRules) {
    std::string line = fmt::format("{:<16}", tasks::chunk_rule_name(rule));
    for (const std::int64_t workers : kBalanceWorkers)
      line += fmt::format("  {:.6f} {:.6f}", balance_of(rule, tasks::OrderKind::natural, workers, costs).efficiency,
                          balance_of(rule, tasks::OrderKind::bit_reversed, workers, costs).efficiency);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace shoal::workloads::mandelbrot
