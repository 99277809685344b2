// SPDX-License-Identifier: Apache-2.0
// Rounds, horizon and fold: the sequence of calls into the job.
#include "tasks/stream.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "shoal/error.hpp"

namespace shoal::tasks {

class Stream::PendingPayloads final : public Pending {
 public:
  PendingPayloads(Stream& stream, std::int64_t begin, std::int64_t end) : stream_(stream), begin_(begin), end_(end) {}
  std::int64_t begin() const override { return begin_; }
  std::int64_t end() const override { return end_; }
  ByteView payload(std::int64_t task) const override {
    if (task < begin_ || task >= end_) throw std::out_of_range(fmt::format("task {} is not pending", task));
    return stream_.entry(task).payload;
  }

 private:
  Stream& stream_;
  std::int64_t begin_;
  std::int64_t end_;
};

Stream::Stream(Job& job, std::int64_t stream, const Policy& policy, Journal& journal, Observer* observer)
    : job_(job), stream_(stream), policy_(policy), journal_(journal), observer_(observer),
      result_bytes_(job.result_bytes(stream)), results_(result_bytes_), chunks_(policy.chunks, 0, 1) {}

void Stream::replay(ResultRun run) { replay_[run.round].push_back(std::move(run)); }

void Stream::advance(std::int64_t n_slots) {
  n_slots_ = n_slots;
  if (round_ < 0) open_round();
  while (!ended_) {
    if (advance_once()) continue;
    if (folded_ != round_end_) return;
    open_round();
  }
}

bool Stream::advance_once() {
  if (info_.free) return advance_free();
  if (!prepare_due()) return fold_next();
  prepare_next();
  return true;
}

void Stream::open_round() {
  if (round_ >= 0) close_round(false);
  ++round_;
  info_ = job_.prepare_round(stream_, round_);
  if (info_.n_tasks < 0 || info_.window < 0 || (!info_.prepared && info_.n_tasks == kUnlimited) ||
      (info_.free && (!info_.prepared || info_.window < 1)))
    throw std::logic_error(fmt::format("round {} of stream {} has an impossible size or window", round_, stream_));
  if (info_.n_tasks == 0) {
    ended_ = true;
    close_round(true);
    ready_.clear();
    blobs_.clear();
    waiting_on_.clear();
    if (!replay_.empty()) misfit(replay_.begin()->second.front(), "the stream has fewer rounds");
    if (!decisions_.empty()) misfit({stream_, decisions_.begin()->first, {}, 0, 0, {}, {}}, "the stream has fewer rounds");
    return;
  }
  round_end_ = info_.n_tasks == kUnlimited ? kUnlimited : folded_ + info_.n_tasks;
  const std::int64_t cyclic = policy_.chunks == ChunkRule::static_cyclic ? n_slots_ : 1;
  const Order order = info_.prepared ? Order{} : make_order(policy_.order, info_.n_tasks, cyclic);
  KnownRound known{{stream_, round_, folded_, result_bytes_, order, info_.prepared, std::move(info_.common_payload)},
                   std::make_shared<const TaskOrder>(order, job_, stream_, folded_), false};
  current_ = &(rounds_[round_] = std::move(known));
  done_ = {};
  results_ = ResultStore(result_bytes_);
  todo_ = {};
  out_.clear();
  entries_.clear();
  entries_begin_ = prepared_end_ = folded_;
  n_waiting_ = n_out_ = 0;
  if (!info_.prepared) todo_.add(0, info_.n_tasks);
  open_free();
  replay_round();
  chunks_ = ChunkSequence(policy_.chunks, todo_.size(), n_slots_);
  taken_.clear();
  shares_hold_ = true;
  if (observer_) observer_->round_opened(stream_, round_, info_.n_tasks);
}

void Stream::replay_round() {
  const auto found = replay_.find(round_);
  if (found == replay_.end()) return;
  const std::vector<ResultRun> runs = std::move(found->second);
  replay_.erase(found);
  for (const ResultRun& run : runs) record_any(-1, run, true);
}

// Rounds that left blobs stay known: one may have to be computed again.
void Stream::close_round(bool all) {
  for (auto it = rounds_.begin(); it != rounds_.end();) {
    if (it->second.has_blobs && !all) {
      ++it;
      continue;
    }
    closed_.push_back(it->first);
    it = rounds_.erase(it);
  }
  current_ = nullptr;
}

std::int64_t Stream::horizon(std::int64_t task) const {
  const std::int64_t first = first_task();
  return info_.window >= task - first ? first : task - info_.window;
}

// fold(j) waits until every task k of the round with 0 < h(k) <= j has been prepared, and j itself.
bool Stream::fold_allowed() const {
  if (!info_.prepared || prepared_end_ == round_end_) return true;
  if (folded_ >= prepared_end_) return false;
  if (first_task() == 0 && (folded_ == 0 || info_.window == kUnlimited)) return true;
  return horizon(prepared_end_) > folded_;
}

bool Stream::fold_next() {
  if (folded_ >= round_end_ || !fold_allowed()) return false;
  const std::optional<ByteView> result = results_.find(folded_ - first_task());
  if (!result) return false;
  job_.fold({stream_, folded_}, *result);
  results_.drop_found();
  ++folded_;
  trim_entries();
  return true;
}

// Tasks with a history are prepared the moment it is complete; others early only if a fold waits for them.
bool Stream::prepare_due() {
  if (!info_.prepared || prepared_end_ == round_end_) return false;
  const std::int64_t h = horizon(prepared_end_);
  if (h > 0) return h <= folded_;
  return !fold_allowed() && results_.contains(folded_ - first_task());
}

// Asked for work: may the next task be prepared although no result waits for it? Not if too many wait for their
// predecessors already.
bool Stream::prepare_on_demand() const {
  if (info_.free) return room_in_free();
  return info_.prepared && prepared_end_ != round_end_ && horizon(prepared_end_) == 0 && n_waiting_ < 4 * n_slots_ + 64;
}

void Stream::prepare_next() {
  std::optional<Prepared> what = info_.free ? decide_free(prepared_end_) : decide(prepared_end_);
  if (what) add_entry(std::move(*what));
  else end_round_at(prepared_end_);
}

std::optional<Prepared> Stream::decide(std::int64_t task) {
  if (info_.window == kUnlimited) return job_.prepare({stream_, task}, nullptr);
  const PendingPayloads pending(*this, horizon(task), task);
  return job_.prepare({stream_, task}, &pending);
}

// The next task of the round as it was decided.
void Stream::add_entry(Prepared what) {
  const std::int64_t task = prepared_end_;
  if (what.predecessor != kNoTask && (what.predecessor < 0 || what.predecessor >= task))
    throw std::logic_error(fmt::format("task {} of stream {} names task {} as its predecessor", task, stream_,
                                       what.predecessor));
  entries_.push_back({std::move(what.payload), what.predecessor, -1, State::waiting, what.group});
  ++prepared_end_;
  if (info_.free) pending_.insert(pending_.end(), task);
  if (!done_.contains(task - first_task())) {
    ++n_waiting_;
    return place(task);
  }
  Entry& e = entries_.back();  // known from an earlier run
  e.state = State::done;
  if (const auto blob = blobs_.find(task); blob != blobs_.end()) {
    blob->second.payload = e.payload;
    blob->second.predecessor = e.predecessor;
  }
  if (!keeps_payloads()) Bytes().swap(e.payload);
}

void Stream::end_round_at(std::int64_t end) {
  round_end_ = end;
  const auto& done = done_.intervals();
  if (!done.empty() && done.rbegin()->second > end - first_task())
    throw SystemError(fmt::format("the journal holds results beyond the end of round {} of stream {}", round_, stream_),
                      ExitCode::other_input);
  trim_entries();
}

// Payloads of a window stay as long as a later task may look at them.
void Stream::trim_entries() {
  std::int64_t keep = folded_;
  if (info_.free) keep = pending_.empty() ? prepared_end_ : *pending_.begin();
  else if (info_.window != kUnlimited && prepared_end_ != round_end_) keep = std::min(keep, horizon(prepared_end_));
  while (entries_begin_ < keep && !entries_.empty()) {
    entries_.pop_front();
    ++entries_begin_;
  }
}

}  // namespace shoal::tasks
