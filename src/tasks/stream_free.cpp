// SPDX-License-Identifier: Apache-2.0
// Free rounds: folded in order of arrival, prepared when somebody asks. First of all, what was recorded is gone through:
// each decision after as many folds as then, and the results in the order in which they stand in the journal.
#include <stdexcept>

#include <fmt/format.h>

#include "shoal/error.hpp"
#include "tasks/stream.hpp"

namespace shoal::tasks {

class Stream::PendingInFree final : public Pending {
 public:
  explicit PendingInFree(Stream& stream) : stream_(stream) {}
  std::int64_t begin() const override { return next(0); }
  std::int64_t end() const override { return stream_.prepared_end_; }
  ByteView payload(std::int64_t task) const override {
    if (!stream_.pending_.contains(task)) throw std::out_of_range(fmt::format("task {} is not pending", task));
    return stream_.entry(task).payload;
  }
  std::int64_t next(std::int64_t task) const override {
    const auto found = stream_.pending_.lower_bound(task);
    return found == stream_.pending_.end() ? end() : *found;
  }

 private:
  Stream& stream_;
};

void Stream::replay(Decision decision) { decisions_[decision.round].push_back(std::move(decision)); }
void Stream::follow(FoldOrder order) { orders_[order.round] = std::move(order.tasks); }

void Stream::open_free() {
  recorded_.clear();
  arrived_.clear();
  followed_.clear();
  pending_.clear();
  const auto decisions = decisions_.find(round_);
  if (decisions != decisions_.end()) {
    if (!info_.free) misfit({stream_, round_, {}, 0, 0, {}, {}}, "it was a free round then");
    recorded_.assign(std::make_move_iterator(decisions->second.begin()), std::make_move_iterator(decisions->second.end()));
    decisions_.erase(decisions);
  }
  const auto order = orders_.find(round_);
  if (order == orders_.end() || !info_.free) return;
  arrived_.assign(order->second.begin(), order->second.end());
  followed_.insert(order->second.begin(), order->second.end());
  orders_.erase(order);
}

bool Stream::advance_free() { return restore_next() || fold_arrived(); }

bool Stream::restore_next() {
  if (recorded_.empty() || recorded_.front().n_folded != folded_ - first_task()) return false;
  Decision decision = std::move(recorded_.front());
  recorded_.pop_front();
  if (decision.task != prepared_end_ || decision.task >= round_end_)
    misfit({stream_, round_, {}, decision.task, 1, {}, {}}, "its decisions have gaps");
  if (decision.end) {
    end_round_at(decision.task);
    return true;
  }
  const PendingInFree pending(*this);
  job_.restore({stream_, decision.task}, decision.prepared, &pending);
  add_entry(std::move(decision.prepared));
  return true;
}

bool Stream::fold_arrived() {
  if (arrived_.empty()) {
    if (!recorded_.empty()) misfit({stream_, round_, {}, recorded_.front().task, 1, {}, {}}, "results before it are missing");
    return false;
  }
  const std::int64_t task = arrived_.front();
  const std::optional<ByteView> result = results_.find(task - first_task());
  if (!result) return false;  // it is followed, and still being computed
  if (!pending_.contains(task)) misfit({stream_, round_, {}, task - first_task(), 1, {}, {}}, "nobody decided on this task");
  job_.fold({stream_, task}, *result);
  arrived_.pop_front();
  followed_.erase(task);
  results_.drop_found();
  Bytes().swap(entry(task).payload);
  pending_.erase(task);
  ++folded_;
  trim_entries();
  return true;
}

void Stream::note_arrival(std::int64_t task) {
  if (!followed_.contains(task)) arrived_.push_back(task);
}

// Looks at whatever has finished: everything that arrived is folded before anybody can ask. The decision is on record
// before anything that follows from it.
std::optional<Prepared> Stream::decide_free(std::int64_t task) {
  const PendingInFree pending(*this);
  Decision decision{stream_, round_, task, folded_ - first_task(), false, {}};
  std::optional<Prepared> what = job_.prepare({stream_, task}, &pending);
  if (what) decision.prepared = *what;
  decision.end = !what;
  journal_.decided(decision);
  return what;
}

std::int64_t Stream::free_limit() const { return info_.window != kUnlimited ? info_.window : 2 * n_slots_; }

bool Stream::room_in_free() const {
  return prepared_end_ != round_end_ && recorded_.empty() && static_cast<std::int64_t>(pending_.size()) < free_limit();
}

}  // namespace shoal::tasks
