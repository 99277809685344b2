// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/integrate_job.hpp"

#include <algorithm>

namespace shoal::workloads::integrate {
namespace {

constexpr std::uint64_t kPurpose = 0x696e746567;  // "integ"

// A task of the study has about this many samples, or one estimate.
constexpr std::int64_t kGroupSamples = 1 << 17;
constexpr std::int64_t kEstimateCost = 64;  // samples that an estimate costs besides its own

// Estimates with more samples have a stream of their own.
constexpr std::int64_t kLargeEstimate = 1 << 20;

LevelEstimate level_estimate(const Estimate& estimate) {
  return {estimate.value, estimate.error, estimate.evaluations, estimate.bad.count};
}

}  // namespace

IntegrateJob::IntegrateJob(const Problem& problem, Plan plan) : problem_(problem), plan_(std::move(plan)) {
  for (std::size_t m = 0; m < plan_.methods.size(); ++m) {
    first_stream_.push_back(static_cast<std::int64_t>(estimations_.size()));
    for (std::int64_t repeat = 0; repeat < repeats_of(m); ++repeat)
      estimations_.push_back(method(m).start(context(m, 0, repeat)));
  }
  first_stream_.push_back(static_cast<std::int64_t>(estimations_.size()));
  studies_.resize(plan_.methods.size());
  for (std::size_t m = 0; !plan_.levels.empty() && m < plan_.methods.size(); ++m) lay_out_study(m);
  payloads_.resize(static_cast<std::size_t>(n_streams()));
  round_start_.assign(static_cast<std::size_t>(n_streams()), 0);
  folded_ = round_start_;
}

void IntegrateJob::lay_out_study(std::size_t m) {
  std::vector<std::int64_t> groups, small;
  std::int64_t samples = kGroupSamples;
  for (std::size_t level = 0; level < plan_.levels.size(); ++level) {
    const std::int64_t n = plan_.levels[level];
    for (std::int64_t repeat = 0; repeat < level_repeats_of(m); ++repeat) {
      const Place at = {m, static_cast<std::int64_t>(level) + 1, repeat};
      if (n > kLargeEstimate) {
        large_.push_back(at);
        large_estimations_.push_back(method(m).start(context(m, at.level, repeat)));
        continue;
      }
      if (samples >= kGroupSamples || samples + n > kGroupSamples + kGroupSamples / 2) {
        groups.push_back(static_cast<std::int64_t>(small.size()));
        samples = 0;
      }
      samples += n + kEstimateCost;
      small.push_back(static_cast<std::int64_t>(study_entry(at)));
    }
  }
  groups.push_back(static_cast<std::int64_t>(small.size()));
  studies_[m].resize(plan_.levels.size() * static_cast<std::size_t>(level_repeats_of(m)));
  small_.push_back(std::move(small));
  groups_.push_back(std::move(groups));
}

std::size_t IntegrateJob::study_entry(const Place& at) const {
  return static_cast<std::size_t>((at.level - 1) * level_repeats_of(at.method) + at.repeat);
}

const Method& IntegrateJob::method(std::size_t m) const {
  return all_methods()[static_cast<std::size_t>(plan_.methods[m])].method();
}

const std::string& IntegrateJob::method_name(std::size_t m) const {
  return all_methods()[static_cast<std::size_t>(plan_.methods[m])].name;
}

std::int64_t IntegrateJob::repeats_of(std::size_t m) const {
  return method(m).stochastic() ? plan_.repeats : 1;
}

std::int64_t IntegrateJob::level_repeats_of(std::size_t m) const {
  return method(m).stochastic() ? plan_.level_repeats : 1;
}

std::int64_t IntegrateJob::n_streams() const {
  return first_stream_.back() + static_cast<std::int64_t>(groups_.size() + large_.size());
}

IntegrateJob::Place IntegrateJob::place(std::int64_t stream) const {
  const std::int64_t behind = stream - first_stream_.back(), n_studies = static_cast<std::int64_t>(groups_.size());
  if (behind >= n_studies) return large_[static_cast<std::size_t>(behind - n_studies)];
  if (behind >= 0) return {static_cast<std::size_t>(behind), 0, -1};
  const auto after = std::upper_bound(first_stream_.begin(), first_stream_.end(), stream);
  const auto m = static_cast<std::size_t>(after - first_stream_.begin()) - 1;
  return {m, 0, stream - first_stream_[m]};
}

Estimation& IntegrateJob::estimation(std::int64_t stream) {
  const std::int64_t behind = stream - first_stream_.back();
  if (behind < 0) return *estimations_[static_cast<std::size_t>(stream)];
  return *large_estimations_[static_cast<std::size_t>(behind) - groups_.size()];
}

// Level 0 is the main estimate, level 1 + l number l of the study.
Context IntegrateJob::context(std::size_t m, std::int64_t level, std::int64_t repeat) const {
  Budget budget = plan_.budget;
  if (level > 0) {
    budget.samples = plan_.levels[static_cast<std::size_t>(level - 1)];
    budget.relative_tolerance = budget.absolute_tolerance = 0;
    budget.max_evaluations = budget.samples;
  }
  const random::Stream stream = random::Stream(plan_.seed, kPurpose)
                                    .derived(static_cast<std::uint64_t>(plan_.methods[m]))
                                    .derived(static_cast<std::uint64_t>(level))
                                    .derived(static_cast<std::uint64_t>(repeat));
  return {problem_, plan_.options, budget, stream};
}

tasks::Round IntegrateJob::prepare_round(std::int64_t stream, std::int64_t round) {
  const auto s = static_cast<std::size_t>(stream);
  const Place at = place(stream);
  tasks::Round result;
  if (at.repeat < 0) {
    result.n_tasks = round == 0 ? static_cast<std::int64_t>(groups_[at.method].size()) - 1 : 0;
    return result;
  }
  Estimation& own = estimation(stream);
  Work work = own.next();
  result.n_tasks = work.n_items;
  if (work.n_items == 0 && at.level > 0) studies_[at.method][study_entry(at)] = level_estimate(own.estimate());
  round_start_[s] = folded_[s];
  // The place of the round is what an item counts from.
  put(result.common_payload, round_start_[s]);
  put(result.common_payload, std::span<const std::byte>(work.common));
  result.prepared = !work.items.empty();
  payloads_[s] = std::move(work.items);
  return result;
}

std::optional<tasks::Prepared> IntegrateJob::prepare(tasks::TaskId id, const tasks::Pending*) {
  const auto s = static_cast<std::size_t>(id.stream);
  tasks::Prepared prepared;
  prepared.payload = std::move(payloads_[s][static_cast<std::size_t>(id.task - round_start_[s])]);
  return prepared;
}

bool IntegrateJob::run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const {
  const Place at = place(input.id.stream);
  if (at.repeat < 0) return run_group(at.method, input.id.task, input.stop, output.result);
  Reader reader(input.common_payload);
  const auto start = reader.number<std::int64_t>();
  return method(at.method).run(context(at.method, at.level, at.repeat), {input.id.task - start, reader.rest(), input.payload, input.stop},
                               output.result);
}

bool IntegrateJob::run_group(std::size_t m, std::int64_t task, const tasks::StopToken& stop, tasks::Bytes& result) const {
  const std::vector<std::int64_t>& groups = groups_[m];
  const std::int64_t repeats = level_repeats_of(m);
  for (std::int64_t i = groups[static_cast<std::size_t>(task)]; i < groups[static_cast<std::size_t>(task) + 1]; ++i) {
    const std::int64_t entry = small_[m][static_cast<std::size_t>(i)];
    const auto estimate = integrate::estimate(method(m), context(m, 1 + entry / repeats, entry % repeats), stop);
    if (!estimate) return false;
    put(result, level_estimate(*estimate));
  }
  return true;
}

void IntegrateJob::fold(tasks::TaskId id, tasks::ByteView result) {
  const Place at = place(id.stream);
  if (at.repeat >= 0) {
    estimation(id.stream).fold(result);
    ++folded_[static_cast<std::size_t>(id.stream)];
    return;
  }
  Reader reader(result);
  auto i = static_cast<std::size_t>(groups_[at.method][static_cast<std::size_t>(id.task)]);
  for (; reader.bytes_left() > 0; ++i)
    studies_[at.method][static_cast<std::size_t>(small_[at.method][i])] = reader.number<LevelEstimate>();
}

Estimate IntegrateJob::estimate(std::size_t m, std::int64_t repeat) const {
  return estimations_[static_cast<std::size_t>(first_stream_[m] + repeat)]->estimate();
}

std::int64_t IntegrateJob::n_tasks_known() const {
  std::int64_t n = 0;
  for (const auto& groups : groups_) n += static_cast<std::int64_t>(groups.size()) - 1;
  return n;
}

double IntegrateJob::evaluations_planned() const {
  double total = 0;
  for (std::size_t m = 0; m < plan_.methods.size(); ++m) {
    total += static_cast<double>(repeats_of(m)) * static_cast<double>(plan_.budget.most());
    for (const std::int64_t level : plan_.levels) total += static_cast<double>(level_repeats_of(m)) * static_cast<double>(level);
  }
  return total;
}

}  // namespace shoal::workloads::integrate
