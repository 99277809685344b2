// SPDX-License-Identifier: Apache-2.0
// Events of the Worker. What it sends on its own account (results, requests, good-bye): worker_step.cpp.
#include "shoal/tasks/worker.hpp"

#include <algorithm>
#include <limits>

namespace shoal::tasks {
namespace {

constexpr int kCoordinator = 0;
constexpr double kNewWeight = 0.3;  // of the latest round trip in its running mean

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang before 17 does not find it alone

}  // namespace

Worker::Worker(const Job& job, int rank, int n_threads, const Policy& policy, BlobStore& blobs)
    : job_(job), rank_(rank), n_threads_(std::max(1, n_threads)), policy_(policy), blobs_(blobs) {}

void Worker::start(double now, WorkerActions& actions) {
  last_heartbeat_ = last_heard_ = last_event_ = now;
  asked_ = demand(now);
  asked_valid_ = true;
  actions.sends.push_back({kCoordinator, Hello{n_threads_, asked_}});
}

// If the process itself was suspended, what was sent to it meanwhile is about to arrive.
void Worker::awake(double now) {
  if (now - last_event_ > 5 * policy_.heartbeat_seconds) last_heard_ = now;
  last_event_ = now;
}

void Worker::on_message(double now, int from, Message message, WorkerActions& actions) {
  awake(now);
  if (from == kCoordinator) last_heard_ = now;
  std::visit(Overloaded{
                 [&](Assignment& m) { accept(now, std::move(m), actions); },
                 [&](BlobRequest& m) { serve_blob(from, m, actions); },
                 [&](BlobReply& m) { accept_blob(m, actions); },
                 [&](HeartbeatReply& m) { measure_round_trip(now, m.echo); },
                 [&](Reset& m) { reset(m, actions); },
                 [&](Stop& m) { stop(now, m, actions); },
                 [&](Exit& m) { exit_code_ = m.code; },
                 [](auto&) {},  // the others are for rank 0
             },
             message);
  step(now, actions);
}

void Worker::accept(double now, Assignment&& a, WorkerActions& actions) {
  if (a.echo > 0) measure_round_trip(now, a.echo);
  received_ += a.chunks;
  for (const auto& key : a.forget) rounds_.erase(key);
  for (RoundStart& start : a.rounds) {
    const std::pair key{start.stream, start.round};
    auto order = std::make_shared<const TaskOrder>(start.order, job_, start.stream, start.first_task);
    rounds_[key] = std::make_shared<const RoundInfo>(RoundInfo{std::move(start), std::move(order)});
  }
  actions.blocked_ago = a.blocked_ago;
  if (stopping_) return;  // rank 0 learns from our Bye that nothing of this will be done
  std::int64_t n_tasks = 0;
  for (const RangeTask& range : a.ranges) {
    WorkItem item;
    item.round = rounds_.at({range.stream, range.round});
    item.first = range.first;
    item.count = range.count;
    n_tasks += range.count;
    queued_ += range.count;
    actions.start.push_back(std::move(item));
  }
  for (PreparedTask& task : a.tasks) accept_task(now, std::move(task), actions);
  n_tasks += static_cast<std::int64_t>(a.tasks.size());
  if (a.chunks > 0) {
    const double latest = static_cast<double>(n_tasks) / a.chunks;
    chunk_tasks_ = chunk_tasks_ == 0 ? latest : 0.5 * (chunk_tasks_ + latest);
  }
}

void Worker::accept_task(double now, PreparedTask&& task, WorkerActions& actions) {
  WorkItem item;
  item.round = rounds_.at({task.stream, task.round});
  item.first = task.task - item.round->start.first_task;
  item.count = 1;
  item.payload = std::move(task.payload);
  item.predecessor = task.predecessor;
  item.together = task.together;
  if (task.predecessor == kNoTask || task.blob_rank < 0 || task.blob_rank == rank_) {
    ++queued_;
    actions.start.push_back(std::move(item));
    return;
  }
  const TaskId id{task.stream, task.predecessor};
  if (!waiting_.contains(id)) actions.sends.push_back({task.blob_rank, BlobRequest{id}});
  waiting_.insert({id, Waiting{std::move(item), now}});
}

void Worker::accept_blob(const BlobReply& reply, WorkerActions& actions) {
  const auto [begin, end] = waiting_.equal_range(reply.id);
  for (auto it = begin; it != end; ++it) {
    WorkItem& item = it->second.item;
    if (!reply.found) {
      report_missing(item, actions);
      continue;
    }
    item.blob = reply.blob;
    ++queued_;
    actions.start.push_back(std::move(item));
  }
  waiting_.erase(begin, end);
}

void Worker::report_missing(const WorkItem& item, WorkerActions& actions) {
  const RoundStart& round = item.round->start;
  actions.sends.push_back(
      {kCoordinator, BlobMissing{{round.stream, round.first_task + item.first}, item.predecessor}});
}

void Worker::serve_blob(int from, const BlobRequest& request, WorkerActions& actions) const {
  BlobReply reply{request.id, false, {}};
  try {
    if (std::optional<Bytes> blob = blobs_.get(request.id)) {
      reply.found = true;
      reply.blob = std::move(*blob);
    }
  } catch (...) {  // as good as absent: it is computed again
  }
  actions.sends.push_back({from, std::move(reply)});
}

void Worker::measure_round_trip(double now, double echo) {
  const double latest = std::max(0.0, now - echo);
  round_trip_ = round_trip_ == 0 ? latest : (1 - kNewWeight) * round_trip_ + kNewWeight * latest;
}

// Rank 0 had given us up. What runs goes on (its results are welcome); the rest belongs to others by now.
void Worker::reset(const Reset& m, WorkerActions& actions) {
  epoch_ = m.epoch;
  received_ = 0;
  asked_valid_ = false;
  rounds_.clear();
  waiting_.clear();
  queued_ = 0;
  actions.start.clear();
  actions.clear_queue = true;
}

void Worker::stop(double now, const Stop& m, WorkerActions& actions) {
  if (stopping_ && m.kind <= stopping_->kind) return;
  actions.blocked_ago = m.blocked_ago;
  stopping_ = m;
  stop_time_ = now;
  settled_ = false;
  waiting_.clear();
  queued_ = 0;
  actions.start.clear();
  actions.clear_queue = true;
  if (m.kind != StopKind::soft && !token_set_) {
    token_set_ = actions.request_stop = true;
    stop_token_time_ = now;
  }
}

void Worker::on_local(double now, LocalReport report, WorkerActions& actions) {
  awake(now);
  settled_ = true;
  queued_ = report.queued;
  running_ = report.running;
  if (report.mean_task_seconds > 0) mean_task_seconds_ = report.mean_task_seconds;
  if (pending_.runs.empty() && !report.runs.empty()) pending_since_ = now;
  for (ResultRun& run : report.runs) {
    const auto round = rounds_.find({run.stream, run.round});
    pending_prepared_ = pending_prepared_ || round == rounds_.end() || round->second->start.prepared;
    pending_bytes_ += run.packed.size();
    pending_.runs.push_back(std::move(run));
  }
  pending_.log.insert(pending_.log.end(), report.log.begin(), report.log.end());
  pending_bytes_ += report.log.size() * sizeof(ChunkLog);
  for (const BlobMissing& missing : report.missing) actions.sends.push_back({kCoordinator, missing});
  if (!report.errors.empty()) flush(now, actions);  // the error must not overtake finished results
  for (TaskError& error : report.errors) actions.sends.push_back({kCoordinator, std::move(error)});
  step(now, actions);
}

void Worker::on_timer(double now, WorkerActions& actions) {
  awake(now);
  if (now >= last_heartbeat_ + policy_.heartbeat_seconds) {
    last_heartbeat_ = now;
    actions.sends.push_back({kCoordinator, Heartbeat{now}});
  }
  if (now >= last_heard_ + policy_.hang_seconds) actions.hang = true;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (now < it->second.since + policy_.blob_seconds) {
      ++it;
      continue;
    }
    report_missing(it->second.item, actions);
    it = waiting_.erase(it);
  }
  step(now, actions);
}

void Worker::request_stop(StopKind kind, WorkerActions& actions) {
  actions.sends.push_back({kCoordinator, StopRequest{kind}});
}

double Worker::deadline() const {
  double when = std::min(last_heartbeat_ + policy_.heartbeat_seconds, last_heard_ + policy_.hang_seconds);
  if (!pending_.runs.empty()) when = std::min(when, pending_since_ + batch_age());
  for (const auto& [id, waiting] : waiting_) when = std::min(when, waiting.since + policy_.blob_seconds);
  if (stopping_ && !said_bye_)
    when = std::min(when, token_set_ ? stop_token_time_ + policy_.abandon_seconds : stop_time_ + stopping_->grace_seconds);
  return when;
}

}  // namespace shoal::tasks
