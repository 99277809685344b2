// SPDX-License-Identifier: Apache-2.0
// What a Worker sends after any event: finished results when it is worth a message, requests before threads run dry,
// and at the end good-bye.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "shoal/tasks/worker.hpp"

namespace shoal::tasks {
namespace {

constexpr int kCoordinator = 0;
constexpr double kUnknownRoundTrip = 100e-6;  // until one is measured
constexpr double kLeadRoundTrips = 2;         // ask so many round trips before the work is used up ...
constexpr double kLeadSeconds = 1e-3;         // ... and this much more: a sleeping main thread polls every 0.5 ms
constexpr double kMaxAhead = 1024;            // chunks asked for at once

// Results of neighbouring ranges become one: fewer records, less memory on rank 0.
void merge_neighbours(std::vector<ResultRun>& runs, std::size_t max_bytes) {
  if (runs.size() < 2) return;
  std::sort(runs.begin(), runs.end(), [](const ResultRun& a, const ResultRun& b) {
    return std::tie(a.stream, a.round, a.first) < std::tie(b.stream, b.round, b.first);
  });
  std::size_t last = 0;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    ResultRun& a = runs[last];
    ResultRun& b = runs[i];
    const bool joined = a.stream == b.stream && a.round == b.round && a.order == b.order && a.first + a.count == b.first;
    if (joined && a.packed.size() + b.packed.size() <= max_bytes) {
      a.packed.insert(a.packed.end(), b.packed.begin(), b.packed.end());
      a.blobs.insert(a.blobs.end(), b.blobs.begin(), b.blobs.end());
      a.count += b.count;
    } else if (++last != i) {
      runs[last] = std::move(b);
    }
  }
  runs.resize(last + 1);
  for (ResultRun& run : runs) std::sort(run.blobs.begin(), run.blobs.end());
}

}  // namespace

// How long the oldest finished result may wait. Others may be waiting for the result of a prepared task.
double Worker::batch_age() const {
  return pending_prepared_ ? std::min(policy_.batch_seconds, mean_task_seconds_) : policy_.batch_seconds;
}

Request Worker::demand(double now) const {
  Request r{epoch_, received_, 0, 0, now};
  if (stopping_) return r;
  const auto waiting = static_cast<std::int64_t>(waiting_.size());
  r.idle = static_cast<std::int32_t>(std::max<std::int64_t>(0, n_threads_ - running_ - queued_ - waiting));
  const double round_trip = round_trip_ > 0 ? round_trip_ : kUnknownRoundTrip;
  if (mean_task_seconds_ <= 0 || mean_task_seconds_ >= policy_.prefetch_ratio * round_trip) return r;
  const double lead = kLeadRoundTrips * round_trip + kLeadSeconds;
  const double left = static_cast<double>(queued_ + waiting) * mean_task_seconds_ / n_threads_;
  if (left >= lead) return r;
  const double chunk_seconds = mean_task_seconds_ * std::max(1.0, chunk_tasks_) / n_threads_;
  const double chunks = std::ceil((lead - left) / chunk_seconds);
  r.ahead = static_cast<std::int32_t>(std::clamp(chunks, static_cast<double>(n_threads_), kMaxAhead));
  return r;
}

// Is this demand news to rank 0? More idle threads than it knows of always are; wishes ahead of need only once what was
// asked for has come, so that they do not cost a message a slice.
bool Worker::wants_more(const Request& r) const {
  if (r.idle + r.ahead == 0) return false;
  if (!asked_valid_) return true;
  const std::int64_t came = received_ - asked_.received;
  if (r.idle > std::max<std::int64_t>(0, asked_.idle - came)) return true;
  return asked_.idle + asked_.ahead - came <= 0;
}

bool Worker::must_flush(double now, const Request& r) const {
  if (pending_.runs.empty()) return false;
  return stopping_ || r.idle > 0 || pending_bytes_ >= policy_.batch_bytes || now >= pending_since_ + batch_age();
}

void Worker::flush(double now, WorkerActions& actions) {
  if (pending_.runs.empty() && pending_.log.empty()) return;
  merge_neighbours(pending_.runs, policy_.max_message_bytes);
  Results all = std::move(pending_);
  pending_ = {};
  pending_bytes_ = 0;
  pending_prepared_ = false;
  // Split at max_message_bytes; the log and the request ride on the last part.
  std::size_t bytes = 0;
  Results part;
  for (ResultRun& run : all.runs) {
    if (!part.runs.empty() && bytes + run.packed.size() > policy_.max_message_bytes) {
      part.request = asked_valid_ ? asked_ : Request{epoch_, received_, 0, 0, now};
      actions.sends.push_back({kCoordinator, std::move(part)});
      part = {};
      bytes = 0;
    }
    bytes += run.packed.size();
    run.packed.shrink_to_fit();
    part.runs.push_back(std::move(run));
  }
  part.log = std::move(all.log);
  part.request = asked_ = demand(now);
  asked_valid_ = true;
  actions.sends.push_back({kCoordinator, std::move(part)});
}

void Worker::step(double now, WorkerActions& actions) {
  const Request r = demand(now);
  if (must_flush(now, r)) {
    flush(now, actions);
  } else if (wants_more(r)) {
    asked_ = r;
    asked_valid_ = true;
    actions.sends.push_back({kCoordinator, r});
  }
  wake_below_ = 0;
  const double round_trip = round_trip_ > 0 ? round_trip_ : kUnknownRoundTrip;
  if (mean_task_seconds_ > 0 && mean_task_seconds_ < policy_.prefetch_ratio * round_trip)
    wake_below_ = static_cast<std::int64_t>(
        std::ceil((kLeadRoundTrips * round_trip + kLeadSeconds) * n_threads_ / mean_task_seconds_));
  stop_steps(now, actions);
}

void Worker::stop_steps(double now, WorkerActions& actions) {
  if (!stopping_ || said_bye_) return;
  if (!token_set_ && running_ > 0 && now >= stop_time_ + stopping_->grace_seconds) {
    token_set_ = actions.request_stop = true;
    stop_token_time_ = now;
  }
  const bool given_up = token_set_ && now >= stop_token_time_ + policy_.abandon_seconds;
  if (!settled_) return;  // the pool has not yet told how it stands after the stop
  if (running_ > 0 && !given_up && stopping_->kind != StopKind::hard) return;
  flush(now, actions);
  actions.sends.push_back({kCoordinator, Bye{static_cast<std::int32_t>(running_)}});
  said_bye_ = true;
}

}  // namespace shoal::tasks
