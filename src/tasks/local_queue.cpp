// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/local_queue.hpp"

#include <utility>

#include "shoal/measure/in_state.hpp"
#include "tasks/thread_team.hpp"

namespace shoal::tasks {

LocalQueue::LocalQueue(const Job& job, int rank, int n_threads, const Policy& policy, BlobStore& blobs,
                       LocalQueueHooks hooks)
    : job_(job), blobs_(blobs), policy_(policy), hooks_(std::move(hooks)), pool_(rank, n_threads / policy.threads_per_task, policy) {
  for (int leader = 0; leader + policy.threads_per_task <= n_threads; leader += policy.threads_per_task)
    teams_.push_back(std::make_unique<ThreadTeam>(policy.threads_per_task, hooks_.clock));
}

LocalQueue::~LocalQueue() = default;

void LocalQueue::work(int thread) noexcept {
  const int member = thread % policy_.threads_per_task;
  if (member == 0) {
    lead(thread);
    team_of(thread).close();
  } else {
    team_of(thread).serve(member);
  }
}

void LocalQueue::lead(int thread) {
  std::unique_ptr<Workspace> workspace;
  std::optional<TaskError> broken;  // no workspace: reported with the first slice
  try {
    if (hooks_.thread_started) hooks_.thread_started(thread);
    workspace = job_.make_workspace();
  } catch (const Error& e) {
    broken = TaskError{{}, static_cast<std::int32_t>(e.code()), e.what()};
  } catch (const std::exception& e) {
    broken = TaskError{{}, static_cast<std::int32_t>(ExitCode::internal), e.what()};
  } catch (...) {
    broken = TaskError{{}, static_cast<std::int32_t>(ExitCode::internal), "an exception of unknown type"};
  }
  std::unique_lock lock(mutex_);
  while (!closed_) {
    std::optional<WorkItem> slice = pool_.take();
    if (!slice) {
      if (notice(true) && hooks_.wake) {
        lock.unlock();
        hooks_.wake();
        lock.lock();
        if (closed_ || pool_.queued() > 0) continue;
      }
      work_.wait(lock, [&] { return closed_ || pool_.queued() > 0; });
      continue;
    }
    const bool wake = notice(false);
    lock.unlock();
    if (wake && hooks_.wake) hooks_.wake();
    run_one(thread, *slice, workspace.get(), broken, lock);
  }
}

void LocalQueue::run_one(int thread, const WorkItem& slice, Workspace* workspace, const std::optional<TaskError>& broken,
                         std::unique_lock<std::mutex>& lock) {
  const double cpu = hooks_.thread_cpu ? hooks_.thread_cpu() : 0;
  const double start = hooks_.clock();
  ThreadTeam& team = team_of(thread);
  team.begin_task();
  measure::enter_state(team.size() > 1 ? measure::ThreadState::serial : measure::ThreadState::useful, start);
  std::vector<SliceResult> results(1);
  if (broken) results.front().error = broken;
  else results = run_slices(job_, slice, workspace, blobs_, stop_, team);
  team.end_task();
  const double end = hooks_.clock();
  measure::enter_state(measure::ThreadState::wait_task, end);
  const double used = hooks_.thread_cpu ? hooks_.thread_cpu() - cpu : 0;
  lock.lock();
  pool_.finish(thread, std::move(results), start, end, used);
}

// Edges only: each cause wakes the main thread once, until it has fetched a report.
bool LocalQueue::notice(bool dry) {
  const bool low = pool_.queued() < wake_below_.load(std::memory_order_relaxed);
  if (!dry && !low && pool_.pending_bytes() < policy_.batch_bytes && !pool_.pending_urgent()) {
    low_told_ = false;
    return false;
  }
  if (!dry && low && low_told_ && pool_.pending_bytes() < policy_.batch_bytes && !pool_.pending_urgent()) return false;
  low_told_ = low;
  return !news_.exchange(true, std::memory_order_acq_rel);
}

void LocalQueue::carry_out(WorkerActions& actions) {
  if (actions.request_stop) request_stop();
  if (!actions.clear_queue && actions.start.empty()) return;
  const std::size_t pushed = actions.start.size();
  std::int64_t n_tasks = 0;
  {
    const std::lock_guard lock(mutex_);
    if (actions.clear_queue) pool_.clear();
    for (WorkItem& item : actions.start) {
      n_tasks += item.count;
      pool_.push(std::move(item));
    }
  }
  actions.start.clear();
  actions.clear_queue = false;
  if (pushed == 0) return;
  if (n_tasks == 1) work_.notify_one();
  else work_.notify_all();
}

LocalReport LocalQueue::report() {
  news_.store(false, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  return pool_.report();
}

void LocalQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  work_.notify_all();
}

void LocalQueue::request_stop() { stop_.request(); }

}  // namespace shoal::tasks
