// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/window_job.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "workloads/primes/prime_density.hpp"

namespace shoal::workloads::primes {

tasks::Round WindowJob::prepare_round(std::int64_t stream, std::int64_t round) {
  tasks::Round next;
  if (stream == 0 && n_streams() == 2) {
    next.n_tasks = round == 0 ? n_first_round_ : 0;
    return next;
  }
  if (complete()) return further_round();
  const std::int64_t n_first = stream == 0 ? n_first_round_ : 0;
  if (round == 0 && n_first == 0) {
    // A round whose first task is not there: the window that `stop` cuts must not be in a first round.
    next.n_tasks = 1;
    next.prepared = true;
    return next;
  }
  next.n_tasks = round == 0 ? n_first : round == 1 ? 1 : 0;
  return next;
}

std::optional<tasks::Prepared> WindowJob::prepare(tasks::TaskId id, const tasks::Pending*) {
  if (!complete()) return std::nullopt;
  return prepare_further(id.task - plan_.size());
}

bool WindowJob::run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const {
  const std::int64_t index = index_of(input.id);
  if (index >= plan_.size()) return run_further(input, false, output);
  return compute({plan_[index].begin, plan_[index].end}, input.stop, output.result);
}

bool WindowJob::run_otherwise(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const {
  const std::int64_t index = index_of(input.id);
  if (index >= plan_.size()) return run_further(input, true, output);
  return compute(other_cuts(plan_[index]), input.stop, output.result);
}

std::vector<std::uint64_t> WindowJob::other_cuts(const Window& window) {
  std::vector<std::uint64_t> cuts = {window.begin};
  for (const std::uint64_t percent : {31u, 38u, 77u}) {
    const std::uint64_t cut = next_cut(window.begin + (window.end - window.begin) / 100 * percent, window.end);
    if (cut > cuts.back()) cuts.push_back(cut);
  }
  if (window.end > cuts.back()) cuts.push_back(window.end);
  return cuts;
}

void WindowJob::fold(tasks::TaskId id, tasks::ByteView result) {
  const std::int64_t index = index_of(id);
  if (index >= plan_.size()) return take_further(result);
  if (index == static_cast<std::int64_t>(counts_.size())) take_window(result);
  else cut_window_.assign(result.begin(), result.end());
  if (has_cut_window() && n_first_round_ == static_cast<std::int64_t>(counts_.size()) && !cut_window_.empty()) take_window(cut_window_);
}

void WindowJob::take_window(tasks::ByteView result) {
  counts_.push_back(take(result));
  count_ += counts_.back();
}

Estimate WindowJob::estimate() const {
  constexpr std::int64_t kSieveBytes = std::int64_t{4} << 20;
  constexpr std::int64_t kWindowBytes = 3 * sizeof(std::uint64_t);
  Estimate estimate;
  estimate.n_tasks = plan_.size();
  estimate.max_parallel_tasks = std::max<std::int64_t>(plan_.size(), 1);
  // primesieve keeps a few bytes for each sieving prime.
  const double sieving = plan_.size() == 0 ? 0 : logarithmic_integral(static_cast<double>(root(plan_[plan_.size() - 1].end)));
  estimate.rank_bytes = kSieveBytes + static_cast<std::int64_t>(9 * sieving);
  estimate.result_bytes = plan_.size() * kWindowBytes;
  return estimate;
}

std::vector<std::string> WindowJob::describe() const { return describe_windows(plan_); }

void WindowJob::write_results(record::Group& results) const { write_windows(plan_, counts_, results); }

std::string WindowJob::headline() const {
  if (counts_.empty()) return "";
  return fmt::format("{} primes below {}", count_, plan_[static_cast<std::int64_t>(counts_.size()) - 1].end);
}

void write_windows(const WindowPlan& plan, const std::vector<std::uint64_t>& counts, record::Group& results) {
  if (counts.empty()) return;
  std::vector<std::uint64_t> starts, stops;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const Window window = plan[static_cast<std::int64_t>(k)];
    starts.push_back(window.begin);
    stops.push_back(window.end);
  }
  record::Group& group = results.group("windows");
  const std::uint64_t n = counts.size();
  group.add("start", starts, {n}, {"window"}, "1", "first number of the window");
  group.add("stop", stops, {n}, {"window"}, "1", "first number after the window");
  group.add("count", counts, {n}, {"window"}, "1", "primes in the window");
}

std::vector<std::string> describe_windows(const WindowPlan& plan) {
  if (plan.size() == 0) return {"interval    empty"};
  const std::uint64_t begin = plan[0].begin, end = plan[plan.size() - 1].end;
  const std::uint64_t length = plan[0].end - begin;
  std::vector<std::string> lines = {fmt::format("interval    [{}, {}) in {} window{} of up to {} numbers", begin, end, plan.size(),
                                                plan.size() == 1 ? "" : "s", length),
                                    fmt::format("primes      about {:.6g}", expected_primes(begin, end))};
  if (const std::uint64_t rule = 200 * root(end); plan.size() > 1 && length < rule / 2)
    lines.push_back(fmt::format("note: every window sieves with all primes up to {}; windows shorter than {} spend much of their time on that",
                                root(end), rule));
  if (plan.size() == 1 && end - begin > 200000000)
    lines.push_back(fmt::format("note: one window is one task, for one thread; a shorter `window`, such as {}, occupies more at the price of more work",
                                (end - begin) / 8));
  return lines;
}

}  // namespace shoal::workloads::primes
