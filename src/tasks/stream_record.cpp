// SPDX-License-Identifier: Apache-2.0
// Results: the first of each task counts, is journalled and kept until it can be folded.
#include <algorithm>

#include <fmt/format.h>

#include "shoal/error.hpp"
#include "tasks/stream.hpp"

namespace shoal::tasks {

void Stream::misfit(const ResultRun& run, const char* why) const {
  throw SystemError(fmt::format("results of tasks that the job does not have: stream {}, round {}, {} at {}: {}", stream_,
                                run.round, run.count, run.first, why),
                    ExitCode::other_input);
}

void Stream::record(int rank, ResultRun run) {
  if (ended_ || run.round < round_) {  // came again; blobs computed again are welcome
    n_repeated_ += run.count;
    if (!ended_) note_blobs(rank, run);
    return;
  }
  if (run.round > round_) misfit(run, "the round has not begun");
  record_any(rank, std::move(run), false);
}

void Stream::record_any(int rank, ResultRun run, bool journalled) {
  const Order& order = current_->start.order;
  if (!(run.order == order)) return record_other_order(std::move(run));
  const std::int64_t n = info_.n_tasks;
  if (run.first > n || run.count > n - run.first) misfit(run, "the round is shorter");
  std::vector<std::uint32_t> offsets = run_offsets(run, result_bytes_);
  const auto fresh = done_.missing(run.first, run.first + run.count);
  std::int64_t n_fresh = 0;
  for (const auto& [begin, end] : fresh) n_fresh += end - begin;
  n_repeated_ += run.count - n_fresh;
  note_blobs(rank, run);
  if (n_fresh == run.count) return accept(rank, std::move(run), std::move(offsets), journalled);
  for (const auto& [begin, end] : fresh) {
    ResultRun part = cut_run(run, offsets, result_bytes_, begin, end - begin);
    for (const std::int64_t task : run.blobs) {
      const std::int64_t position = current_->order->position_of(task - first_task());
      if (position >= begin && position < end) part.blobs.push_back(task);
    }
    std::vector<std::uint32_t> part_offsets = run_offsets(part, result_bytes_);
    accept(rank, std::move(part), std::move(part_offsets), journalled);
  }
}

// Only from a journal: written under another order (or for a shorter round). Kept under its own order, marked done
// task by task.
void Stream::record_other_order(ResultRun run) {
  const std::int64_t n = run.order.is_natural() ? info_.n_tasks : run.order.n_tasks;
  if (run.first > n || run.count > n - run.first) misfit(run, "the range is longer than its round");
  if (n > info_.n_tasks) misfit(run, "the round is shorter");
  const auto order = std::make_shared<const TaskOrder>(run.order, job_, stream_, first_task());
  const std::vector<std::uint32_t> offsets = run_offsets(run, result_bytes_);
  std::vector<std::int64_t> places(static_cast<std::size_t>(run.count));
  bool all_fresh = true;
  for (std::int64_t i = 0; i < run.count; ++i) {
    places[static_cast<std::size_t>(i)] = current_->order->position_of(order->task_at(run.first + i));
    all_fresh = all_fresh && !done_.contains(places[static_cast<std::size_t>(i)]);
  }
  note_blobs(-1, run);
  for (std::int64_t i = 0; i < run.count; ++i) {
    const std::int64_t place = places[static_cast<std::size_t>(i)];
    if (done_.contains(place)) {
      ++n_repeated_;
      continue;
    }
    done_.add(place, place + 1);
    todo_.remove(place, place + 1);
    ++n_done_;
    ++n_reused_;
    if (all_fresh) continue;
    ResultRun one = cut_run(run, offsets, result_bytes_, run.first + i, 1);
    results_.add(std::move(one), order, {});
  }
  if (all_fresh) results_.add(std::move(run), order, offsets);
}

void Stream::accept(int rank, ResultRun run, std::vector<std::uint32_t> offsets, bool journalled) {
  if (run.count == 0) return;
  if (!journalled) journal_.append(run);
  const std::int64_t end = run.first + run.count;
  done_.add(run.first, end);
  n_done_ += run.count;
  if (journalled) n_reused_ += run.count;
  if (info_.prepared) {
    for (std::int64_t p = run.first; p < end; ++p) {
      mark_done(first_task() + p);
      if (info_.free) note_arrival(first_task() + p);
    }
  } else {
    todo_.remove(run.first, end);
    if (const auto out = out_.find(rank); out != out_.end()) out->second.remove(run.first, end);
    if (!waiting_on_.empty())
      for (std::int64_t p = run.first; p < end; ++p) release(first_task() + current_->order->task_at(p));
  }
  results_.add(std::move(run), current_->order, std::move(offsets));
}

void Stream::mark_done(std::int64_t task) {
  if (!has_entry(task)) return;  // replayed, not yet prepared
  Entry& e = entry(task);
  if (e.state == State::ready) unready(task);
  if (e.state == State::waiting) --n_waiting_;
  if (e.state == State::out) --n_out_;
  e.state = State::done;
  if (!keeps_payloads()) Bytes().swap(e.payload);
  release(task);
}

// Called before the tasks are marked done: their payloads are still there.
void Stream::note_blobs(int rank, const ResultRun& run) {
  for (const std::int64_t task : run.blobs) {
    Blob& blob = blobs_[task];
    const auto round = rounds_.find(run.round);
    if (round == rounds_.end()) {  // closed: nobody can need it
      blobs_.erase(task);
      continue;
    }
    round->second.has_blobs = true;
    blob.round = run.round;
    if (run.round == round_ && has_entry(task) && entry(task).state != State::done) {
      blob.payload = entry(task).payload;
      blob.predecessor = entry(task).predecessor;
    }
    if (blob.state == State::out) --n_again_;
    if (blob.state == State::ready) unready(task);
    blob.state = State::done;
    blob.rank = rank;
    if (run.round < round_ || is_done(task)) release(task);
  }
  if (n_again_ == 0) return;
  // Computed again, but this time without a blob: its successors do without.
  const auto known = rounds_.find(run.round);
  if (known == rounds_.end()) return;
  for (std::int64_t p = run.first; p < run.first + run.count; ++p) {
    const std::int64_t task = known->second.start.first_task + known->second.order->task_at(p);
    const auto blob = blobs_.find(task);
    if (blob == blobs_.end() || blob->second.state != State::out) continue;
    --n_again_;
    blobs_.erase(blob);
    release(task);
  }
}

}  // namespace shoal::tasks
