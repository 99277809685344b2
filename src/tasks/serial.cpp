// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/serial.hpp"

#include <chrono>
#include <utility>

#include "shoal/error.hpp"
#include "shoal/tasks/worker.hpp"

namespace shoal::tasks {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// One rank whose coordinator, worker and only thread take turns.
class SerialRun {
 public:
  SerialRun(Job& job, const Policy& policy, SerialHooks& hooks)
      : job_(job), hooks_(hooks), blobs_(hooks.blobs ? *hooks.blobs : own_blobs_), pool_(0, 1, policy),
        worker_(job, 0, 1, policy, blobs_),
        coordinator_(job, policy, {1}, hooks.journal ? *hooks.journal : no_journal_, hooks.observer) {}

  RunSummary run() {
    RunSummary summary;
    for (ResultRun& run : hooks_.replay) coordinator_.replay(std::move(run));
    for (Decision& decision : hooks_.decisions) coordinator_.replay(std::move(decision));
    coordinator_.start(now(), from_coordinator_);
    worker_.start(now(), from_worker_);
    make_workspace();
    deliver();
    while (!coordinator_.finished()) turn();
    summary.outcome = coordinator_.outcome();
    summary.failure = coordinator_.failure();
    summary.counts = coordinator_.counts();
    summary.seconds = now();
    return summary;
  }

 private:
  double now() const { return seconds_now() - start_; }

  void make_workspace() {
    try {
      workspace_ = job_.make_workspace();
    } catch (const std::exception& e) {
      from_worker_.sends.push_back({0, TaskError{{}, static_cast<std::int32_t>(ExitCode::internal), e.what()}});
    }
  }

  void turn() {
    if (std::optional<WorkItem> slice = pool_.take()) {
      const double begin = now();
      std::vector<SliceResult> results = run_slices(job_, *slice, workspace_.get(), blobs_, stop_);
      const double end = now();
      pool_.finish(0, std::move(results), begin, end, end - begin);
    }
    worker_.on_local(now(), pool_.report(), from_worker_);
    if (now() >= worker_.deadline()) worker_.on_timer(now(), from_worker_);
    if (now() >= coordinator_.deadline()) coordinator_.on_timer(now(), from_coordinator_);
    if (hooks_.poll)
      if (const std::optional<StopKind> kind = hooks_.poll()) coordinator_.on_stop(now(), *kind, from_coordinator_);
    deliver();
    if (hooks_.tick) hooks_.tick(coordinator_.counts(), now());
  }

  void deliver() {
    for (bool any = true; any;) {
      carry_out();
      any = false;
      std::vector<Send> sends = std::exchange(from_worker_.sends, {});
      for (Send& s : sends) {
        any = true;
        // A blob asked of oneself does not happen; everything else of a worker is for rank 0.
        coordinator_.on_message(now(), 0, std::move(s.message), from_coordinator_);
      }
      sends = std::exchange(from_coordinator_.sends, {});
      for (Send& s : sends) {
        any = true;
        worker_.on_message(now(), 0, std::move(s.message), from_worker_);
      }
    }
    if (std::exchange(from_coordinator_.snapshot, false) && hooks_.snapshot) hooks_.snapshot();
  }

  void carry_out() {
    if (std::exchange(from_worker_.request_stop, false)) stop_.request();
    const bool changed = from_worker_.clear_queue || !from_worker_.start.empty();
    if (std::exchange(from_worker_.clear_queue, false)) pool_.clear();
    for (WorkItem& item : std::exchange(from_worker_.start, {})) pool_.push(std::move(item));
    if (changed) worker_.on_local(now(), pool_.report(), from_worker_);
  }

  const double start_ = seconds_now();
  Job& job_;
  SerialHooks& hooks_;
  MemoryBlobStore own_blobs_;
  NoJournal no_journal_;
  BlobStore& blobs_;
  StopToken stop_;
  WorkPool pool_;
  Worker worker_;
  Coordinator coordinator_;
  std::unique_ptr<Workspace> workspace_;
  WorkerActions from_worker_;
  CoordinatorActions from_coordinator_;
};

}  // namespace

RunSummary run_serial(Job& job, const Policy& policy, SerialHooks hooks) { return SerialRun(job, policy, hooks).run(); }

}  // namespace shoal::tasks
