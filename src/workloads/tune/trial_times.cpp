// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/trial_times.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::workloads::tune {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

// Tasks of a search are prepared one by one, so that a slice is one task.
void TrialTimes::ran(const tasks::ChunkLog& slice) {
  waiting_.try_emplace(slice.first, slice);
}

void TrialTimes::folded(std::int64_t task, std::int64_t trial) {
  const auto found = waiting_.find(task);
  if (found == waiting_.end()) return;
  const tasks::ChunkLog slice = found->second;
  waiting_.erase(found);
  if (trial < 0) return;
  const auto index = static_cast<std::size_t>(trial);
  if (times_.size() <= index) times_.resize(index + 1);
  Time& time = times_[index];
  if (std::isnan(time.start)) time.start = slice.start;
  time.end = slice.end;
  time.seconds += slice.end - slice.start;
  time.rank = slice.rank;
  time.thread = slice.thread;
}

void TrialTimes::write(std::size_t n_trials, record::Group& trials) const {
  if (times_.empty()) return;
  std::vector<double> starts(n_trials, kNaN), ends(n_trials, kNaN), seconds(n_trials, kNaN);
  std::vector<std::int32_t> ranks(n_trials, -1), threads(n_trials, -1);
  for (std::size_t t = 0; t < std::min(n_trials, times_.size()); ++t) {
    const Time& time = times_[t];
    starts[t] = time.start;
    ends[t] = time.end;
    seconds[t] = std::isnan(time.start) ? kNaN : time.seconds;
    ranks[t] = time.rank;
    threads[t] = time.thread;
  }
  trials.add("start", starts, {n_trials}, {"trial"}, "s", "Unix time at which the trial began; NaN: not known");
  trials.add("end", ends, {n_trials}, {"trial"}, "s", "Unix time at which its latest piece of work ended; NaN: not known");
  trials.add("seconds", seconds, {n_trials}, {"trial"}, "s", "wall time of all its pieces of work; NaN: not known");
  trials.add("rank", ranks, {n_trials}, {"trial"}, "1", "rank that did the latest piece; -1: not known");
  trials.add("thread", threads, {n_trials}, {"trial"}, "1", "worker thread of that rank; -1: not known");
}

void TrialTimes::read(const record::Group& trials) {
  const record::Dataset* starts = trials.find_dataset("start");
  const record::Dataset* ends = trials.find_dataset("end");
  const record::Dataset* seconds = trials.find_dataset("seconds");
  const record::Dataset* ranks = trials.find_dataset("rank");
  const record::Dataset* threads = trials.find_dataset("thread");
  if (!starts || !ends || !seconds || !ranks || !threads) return;
  const auto start = starts->values<double>(), end = ends->values<double>(), used = seconds->values<double>();
  const auto rank = ranks->values<std::int32_t>(), thread = threads->values<std::int32_t>();
  times_.resize(start.size());
  for (std::size_t t = 0; t < start.size(); ++t)
    times_[t] = {start[t], end[t], std::isnan(used[t]) ? 0 : used[t], rank[t], thread[t]};
}

}  // namespace shoal::workloads::tune
