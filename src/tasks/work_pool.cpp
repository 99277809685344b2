// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/work_pool.hpp"

#include <algorithm>

namespace shoal::tasks {
namespace {

constexpr double kNewWeight = 0.3;       // of the latest slice in the running means: settles within ten slices
constexpr std::size_t kLogBytes = 64;    // a log entry in a message

double blend(double old, double latest) { return old == 0 ? latest : (1 - kNewWeight) * old + kNewWeight * latest; }

}  // namespace

WorkPool::WorkPool(int rank, int n_threads, const Policy& policy)
    : rank_(rank), n_threads_(std::max(1, n_threads)), policy_(policy) {}

void WorkPool::push(WorkItem item) {
  queued_ += item.count;
  items_.push_back(std::move(item));
}

void WorkPool::clear() {
  items_.clear();
  queued_ = 0;
}

std::int64_t WorkPool::slice_size(const WorkItem& item) const {
  const auto found = pace_.find(item.round->start.stream);
  if (item.count <= 1 || found == pace_.end() || found->second.task_seconds <= 0) return 1;
  const Pace& pace = found->second;
  const double fair = static_cast<double>((queued_ + n_threads_ - 1) / n_threads_);
  double n = std::min(policy_.slice_seconds / pace.task_seconds, fair);
  if (pace.result_bytes > 0) n = std::min(n, static_cast<double>(policy_.batch_bytes) / pace.result_bytes);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(n), 1, item.count);
}

std::optional<WorkItem> WorkPool::take() {
  if (items_.empty()) return std::nullopt;
  WorkItem& front = items_.front();
  const std::int64_t n = slice_size(front);
  WorkItem slice;
  if (n == front.count) {
    slice = std::move(front);
    items_.pop_front();
  } else {  // only ranges have more than one task: nothing else to share out
    slice.round = front.round;
    slice.first = front.first;
    slice.count = n;
    front.first += n;
    front.count -= n;
  }
  queued_ -= n;
  take_beside(slice);
  ++running_;
  return slice;
}

void WorkPool::take_beside(WorkItem& slice) {
  if (slice.together == kNoTask) return;
  const auto belongs = [&](const WorkItem& item) {
    return item.together == slice.together && item.round->start.stream == slice.round->start.stream;
  };
  while (!items_.empty() && belongs(items_.front())) {
    slice.beside.push_back(std::move(items_.front()));
    items_.pop_front();
    --queued_;
  }
}

void WorkPool::measure(const SliceResult& result, double seconds) {
  if (result.run.count == 0) return;
  const auto n = static_cast<double>(result.run.count);
  last_stream_ = result.run.stream;
  Pace& pace = pace_[result.run.stream];
  pace.task_seconds = blend(pace.task_seconds, std::max(seconds, 1e-9) / n);
  pace.result_bytes = blend(pace.result_bytes, static_cast<double>(result.run.packed.size()) / n);
}

void WorkPool::finish(int thread, SliceResult result, double start, double end, double cpu_seconds) {
  --running_;
  add(thread, std::move(result), start, end, cpu_seconds);
}

void WorkPool::finish(int thread, std::vector<SliceResult> results, double start, double end, double cpu_seconds) {
  --running_;
  const auto n = static_cast<double>(results.size());
  const double share = (end - start) / n;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const double begin = start + static_cast<double>(i) * share;
    const double until = i + 1 == results.size() ? end : start + static_cast<double>(i + 1) * share;
    add(thread, std::move(results[i]), begin, until, cpu_seconds / n);
  }
}

void WorkPool::add(int thread, SliceResult result, double start, double end, double cpu_seconds) {
  measure(result, end - start);
  if (result.error) done_.errors.push_back(std::move(*result.error));
  if (result.missing) done_.missing.push_back(*result.missing);
  urgent_ = urgent_ || result.error || result.missing;
  ResultRun& run = result.run;
  if (run.count == 0) return;
  done_.log.push_back({rank_, thread, run.stream, result.log_first, run.count, start, end, cpu_seconds});
  pending_bytes_ += run.packed.size() + kLogBytes;
  done_.runs.push_back(std::move(run));
}

LocalReport WorkPool::report() {
  LocalReport out = std::move(done_);
  done_ = {};
  pending_bytes_ = 0;
  urgent_ = false;
  out.queued = queued_;
  out.running = running_;
  const auto pace = pace_.find(items_.empty() ? last_stream_ : items_.front().round->start.stream);
  if (pace != pace_.end()) out.mean_task_seconds = pace->second.task_seconds;
  return out;
}

}  // namespace shoal::tasks
