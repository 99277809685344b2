// SPDX-License-Identifier: Apache-2.0
#include "run/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace shoal::run {
namespace {

constexpr double kWorthSeconds = 1;     // shorter runs: start-up dominates
constexpr double kWorthShare = 0.05;    // of the core-hours: less is not worth reading about
constexpr double kSharedCpu = 0.85;     // CPU time of tasks over their wall time, below which threads share CPUs
constexpr double kBusyMainThread = 0.5; // of rank 0, which hands out all tasks
constexpr double kUneven = 3;           // longest over mean task

double percent(double part, double all) { return all > 0 ? 100 * part / all : 0; }

class Adviser {
 public:
  Adviser(const Performance& figures, const AdviceContext& context) : p_(figures), context_(context), idle_(figures.idle()) {}

  std::vector<Advice> all() {
    few_tasks();
    horizon();
    tail();
    handing_out();
    files();
    team();
    shared_cpus();
    std::stable_sort(advice_.begin(), advice_.end(), [](const auto& a, const auto& b) { return a.gain > b.gain; });
    return std::move(advice_);
  }

 private:
  double share(double seconds) const { return seconds / p_.available_seconds(); }
  bool worth(double seconds) const { return share(seconds) > kWorthShare; }
  bool too_many() const { return context_.max_parallel > 0 && context_.max_parallel < p_.n_workers(); }
  void say(std::string text, double gain, std::string setting) { advice_.push_back({std::move(text), gain, std::move(setting)}); }

  // The mean number of workers that had something to do.
  std::int64_t busy_workers() const {
    return std::max<std::int64_t>(1, std::llround(p_.wall_seconds > 0 ? p_.useful_seconds() / p_.wall_seconds : 1));
  }

  std::string fewer(std::int64_t workers) const { return fmt::format("ranks x threads = {} at most", workers); }

  void few_tasks() {
    if (!too_many()) return;
    std::string text = fmt::format("Only {} tasks can run at once, but there are {} workers: use at most {} (ranks x threads)",
                                   context_.max_parallel, p_.n_workers(), context_.max_parallel);
    if (context_.window && *context_.window == context_.max_parallel)
      text += fmt::format(", or search.window = {} (another search: proposals see fewer results)", p_.n_workers());
    say(text + ".", 1 - static_cast<double>(context_.max_parallel) / p_.n_workers(), fewer(context_.max_parallel));
  }

  void horizon() {
    if (!worth(idle_.horizon) || too_many()) return;
    std::string text = fmt::format("Workers waited {:.0f} % of the time for the horizon: tasks that may not start before the results "
                                   "of others are known. On average {} of {} workers had work: use about as many",
                                   100 * share(idle_.horizon), busy_workers(), p_.n_workers());
    if (!context_.window) return say(text + ".", share(idle_.horizon), fewer(busy_workers()));
    const std::int64_t wider = std::max<std::int64_t>(*context_.window + 1, 2 * p_.n_workers());
    say(fmt::format("{}, or search.window = {} (another search: proposals see fewer results).", text, wider), share(idle_.horizon),
        fewer(busy_workers()));
  }

  void tail() {
    if (!worth(idle_.tail) || too_many() || p_.n_workers() < 2) return;
    const bool uneven = p_.longest_task_seconds > kUneven * p_.mean_task_seconds;
    const std::string seen = fmt::format("Workers waited {:.0f} % of the time for the last tasks to end (mean task {:.3g} s, longest {:.3g} s): ",
                                         100 * share(idle_.tail), p_.mean_task_seconds, p_.longest_task_seconds);
    if (uneven) say(seen + "[schedule] order = \"longest\" starts the long ones first.", share(idle_.tail), "schedule.order = \"longest\"");
    else say(fmt::format("{}{} tasks do not divide well among {} workers; use fewer workers.", seen, p_.n_tasks, p_.n_workers()),
             share(idle_.tail), fewer(busy_workers()));
  }

  void handing_out() {
    if (!worth(idle_.handing_out) || too_many()) return;
    double main_share = 0;
    for (const RankCosts& rank : p_.ranks)
      if (rank.rank == 0 && rank.wall_seconds > 0) main_share = rank.main_cpu_seconds / rank.wall_seconds;
    std::string text = fmt::format("Workers waited {:.0f} % of the time for tasks to arrive (mean task {:.3g} s)", 100 * share(idle_.handing_out),
                                   p_.mean_task_seconds);
    if (main_share > kBusyMainThread) text += fmt::format(", and the main thread of rank 0, which hands them out, was busy for {:.0f} % of it", 100 * main_share);
    say(text + ": [schedule] chunk = \"guided\" hands out larger pieces, and fewer ranks with more threads need fewer messages.",
        share(idle_.handing_out), "schedule.chunk = \"guided\"");
  }

  void files() {
    if (!worth(idle_.io)) return;
    say(fmt::format("Workers spent {:.0f} % of the time reading and writing files: put the result on a faster file system (-o), such as "
                    "one that is local to the node.", 100 * share(idle_.io)),
        share(idle_.io), "-o on a faster file system");
  }

  void team() {
    if (!worth(idle_.imbalance)) return;
    say(fmt::format("Workers waited {:.0f} % of the time for the other threads of their team: give a task fewer threads.",
                    100 * share(idle_.imbalance)),
        share(idle_.imbalance), "fewer threads a task");
  }

  // Waiting inside tasks (programs outside, files that a task reads itself) looks the same: the text names both.
  void shared_cpus() {
    const double useful = p_.useful_seconds(), cpu = p_.cpu_seconds();
    if (useful <= 0 || cpu >= kSharedCpu * useful) return;
    const double lost = 1 - cpu / useful;
    say(fmt::format("Workers had a CPU for only {:.0f} % of the time inside tasks: there are more workers than free CPUs, or tasks wait "
                    "for something outside. Use fewer workers, or bind them (mpirun --map-by slot:PE=T --bind-to core).",
                    100 * (1 - lost)),
        lost * share(useful), fewer(std::max<std::int64_t>(1, std::llround(p_.n_workers() * (1 - lost)))));
  }

  const Performance& p_;
  const AdviceContext& context_;
  const IdleCauses idle_;
  std::vector<Advice> advice_;
};

}  // namespace

std::optional<std::int64_t> search_window(const Input& input) {
  for (const config::Resolved& p : input.resolved)
    if (p.name == "search.window") return p.value.as_integer();
  return std::nullopt;
}

std::vector<Advice> advise(const Performance& figures, const AdviceContext& context) {
  if (figures.available_seconds() <= 0 || figures.wall_seconds < kWorthSeconds) return {};
  return Adviser(figures, context).all();
}

std::string where_the_time_went(const Performance& p, const std::vector<Advice>& advice) {
  const IdleCauses idle = p.idle();
  const double all = p.available_seconds();
  std::string causes;
  for (const auto& [seconds, name] : {std::pair{idle.horizon, "horizon"}, {idle.tail, "tail"}, {idle.io, "I/O"},
                                      {idle.imbalance, "imbalance"}, {idle.handing_out, "handing out"}}) {
    if (percent(seconds, all) < 0.05) continue;
    causes += fmt::format("{}{:.1f} % {}", causes.empty() ? ": " : ", ", percent(seconds, all), name);
  }
  const double useful = p.useful_seconds();
  std::string text = fmt::format("{:.4g} core-hours: {:.4g} useful ({:.1f} %), {:.4g} idle ({:.1f} %{})", all / 3600, useful / 3600,
                                 percent(useful, all), idle.total() / 3600, percent(idle.total(), all), causes);
  if (!advice.empty()) text += fmt::format("; to change first: {}", advice.front().setting);
  return text;
}

std::string efficiency_text(const Performance& p) {
  std::vector<double> useful;
  for (const WorkerFigures& worker : p.workers) useful.push_back(worker.useful());
  const measure::PureMpi pure = measure::pure_mpi(useful, p.wall_seconds);
  const measure::HybridMultiplicative m = measure::hybrid_multiplicative(p.trace);
  const measure::HybridAdditive a = measure::hybrid_additive(p.trace);
  std::string text = fmt::format("parallel efficiency {:.1f} %, in three models:\n", 100 * p.parallel_efficiency());
  text += fmt::format("  POP pure MPI (threads as processes)  load balance {:.1f} % x communication {:.1f} %\n", 100 * pure.load_balance,
                      100 * pure.communication_efficiency);
  text += fmt::format("  POP hybrid multiplicative            MPI {:.1f} % (load balance {:.1f} % x communication {:.1f} %) x OpenMP {:.1f} %\n",
                      100 * m.mpi_parallel_efficiency, 100 * m.mpi_load_balance, 100 * m.mpi_communication_efficiency,
                      100 * m.openmp_parallel_efficiency);
  text += fmt::format("  POP hybrid additive                  process {:.1f} % + thread {:.1f} % - 100 %\n", 100 * a.process_efficiency,
                      100 * a.thread_efficiency);
  if (!p.ranks.empty()) text += fmt::format("CPU time over wall time {:.2f} a process; what waits without sleeping counts here, too\n", p.cpu_over_wall());
  return text;
}

}  // namespace shoal::run
