// SPDX-License-Identifier: Apache-2.0
// Who does what: ready tasks, chunks, blobs that must be computed again, ranks that are lost.
#include <algorithm>
#include <cmath>
#include <utility>

#include "tasks/stream.hpp"

namespace shoal::tasks {
namespace {

constexpr double kNewWeight = 0.2;        // of the latest slice in the mean task time
constexpr double kMaxReadyChunk = 1000;   // prepared tasks in one chunk
constexpr std::int64_t kGroupsLookedAt = 8;  // so many times a full group is prepared ahead where groups alternate

}  // namespace

bool Stream::may_have_work() const {
  return !ended_ && (!ready_.empty() || !todo_.empty() || (round_ >= 0 && prepare_on_demand()));
}

std::int64_t Stream::available() const {
  if (ended_) return 0;
  const auto ready = static_cast<std::int64_t>(ready_.size()) + todo_.size();
  if (round_ < 0 || !prepare_on_demand()) return ready;
  if (info_.free) return ready + std::min(round_end_ - prepared_end_, free_limit() - static_cast<std::int64_t>(pending_.size()));
  return ready + (round_end_ == kUnlimited ? 0 : round_end_ - prepared_end_);
}

void Stream::measure(std::int64_t count, double seconds) {
  if (count <= 0) return;
  const double latest = std::max(seconds, 1e-9) / static_cast<double>(count);
  mean_task_seconds_ = mean_task_seconds_ == 0 ? latest : (1 - kNewWeight) * mean_task_seconds_ + kNewWeight * latest;
}

// Static means that a fast rank does not take what is meant for a slow one.
bool Stream::may_take(int rank, std::int64_t threads) const {
  if (!is_static(policy_.chunks) || !shares_hold_ || info_.prepared) return true;
  const auto taken = taken_.find(rank);
  return taken == taken_.end() || taken->second < threads;
}

bool Stream::take(int rank, std::int64_t n_slots, bool ahead, Assignment& a) {
  if (ended_ || round_ < 0) return false;
  n_slots_ = n_slots;
  return take_ready(rank, n_slots, ahead, a) || take_range(rank, n_slots, a);
}

// Several prepared tasks at once only if they are short and there are plenty.
std::int64_t Stream::ready_chunk() const {
  if (policy_.chunks == ChunkRule::one || mean_task_seconds_ <= 0) return 1;
  const double n = std::min(kMaxReadyChunk, policy_.min_chunk_seconds / mean_task_seconds_);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(n));
}

// What a rank takes first: the latest whose blob it holds, else the lowest. There is one.
std::int64_t Stream::favourite(int rank) const {
  const auto own = affine_.find(rank);
  return own != affine_.end() ? own->second.rbegin()->second : *ready_.begin();
}

bool Stream::takes_groups() const {
  return info_.together > 1 && policy_.chunks != ChunkRule::one && policy_.threads_per_task == 1;
}

// A full group goes to a thread only where as many tasks remain for each of the others: until it is done nobody runs dry.
bool Stream::take_group(int rank, std::int64_t n_slots, bool ahead, Assignment& a) {
  const std::int64_t most = info_.together;
  const auto ready = [this] { return static_cast<std::int64_t>(ready_.size()); };
  const bool bounded = round_end_ == kUnlimited || info_.window != kUnlimited;  // what is not prepared yet need not come
  while (bounded && ready() < most * n_slots && prepare_on_demand()) prepare_next();
  if ((bounded ? ready() : available()) < most * n_slots) return false;
  const auto members = [&]() -> const std::set<std::int64_t>* {
    if (ready_.empty()) return nullptr;
    const auto key = group_key_.find(favourite(rank));
    return key == group_key_.end() ? nullptr : &groups_.at(key->second);
  };
  const auto full = [&] { return members() && static_cast<std::int64_t>(members()->size()) >= most; };
  while (!full() && ready() < kGroupsLookedAt * most && prepare_on_demand()) prepare_next();
  if (!full()) return false;
  const std::int64_t first = *members()->begin();
  const int holder = group_key_.at(first).second;
  if ((holder >= 0 && holder != rank) || (ahead && predecessor_of(first) != kNoTask)) return false;
  for (std::int64_t given = 0; given < most; ++given) dispatch(*groups_.at({entry(first).group, holder}).begin(), rank, a, first);
  return true;
}

bool Stream::take_ready(int rank, std::int64_t n_slots, bool ahead, Assignment& a) {
  const std::int64_t wanted = ready_chunk();
  std::int64_t together = 0;
  while (takes_groups() && (together == 0 || together < wanted) && take_group(rank, n_slots, ahead, a)) together += info_.together;
  if (together > 0) return true;
  // Enough for everybody, so that short tasks leave in chunks.
  const std::int64_t target = wanted > 1 ? 2 * wanted * n_slots : 1;
  while (static_cast<std::int64_t>(ready_.size()) < target && prepare_on_demand()) prepare_next();
  if (ready_.empty()) return false;
  const auto share = (static_cast<std::int64_t>(ready_.size()) + 2 * n_slots - 1) / (2 * n_slots);
  std::int64_t given = 0;
  while (given < std::min(wanted, share) && !ready_.empty()) {
    const std::int64_t task = favourite(rank);
    // Chained work is long and lives on hot blobs: one at a time, and never parked behind other work (with little
    // memory for blobs, chains that take turns would evict each other's for ever).
    const bool chained = predecessor_of(task) != kNoTask || is_done(task);
    if (chained && (ahead || given > 0)) break;
    dispatch(task, rank, a);
    ++given;
    if (chained) break;
  }
  return given > 0;
}

bool Stream::take_range(int rank, std::int64_t n_slots, Assignment& a) {
  if (todo_.empty()) return false;
  ++taken_[rank];
  std::int64_t n = chunks_.next(todo_.size(), n_slots, mean_task_seconds_, policy_.min_chunk_seconds);
  IntervalSet& out = out_[rank];
  while (n > 0) {
    const auto [begin, end] = todo_.take_front(n);
    n -= end - begin;
    out.add(begin, end);
    RangeTask* last = a.ranges.empty() ? nullptr : &a.ranges.back();
    if (last && last->stream == stream_ && last->round == round_ && last->first + last->count == begin)
      last->count += end - begin;
    else
      a.ranges.push_back({stream_, round_, begin, end - begin});
  }
  return true;
}

void Stream::dispatch(std::int64_t task, int rank, Assignment& a, std::int64_t together) {
  unready(task);
  PreparedTask out{stream_, round_, task, kNoTask, -1, {}, together};
  const auto again = blobs_.find(task);
  if (again != blobs_.end() && again->second.state != State::done) {
    Blob& blob = again->second;
    blob.state = State::out;
    blob.rank = rank;
    ++n_again_;
    const KnownRound& round = rounds_.at(blob.round);
    if (!round.start.prepared) {
      const std::int64_t position = round.order->position_of(task - round.start.first_task);
      a.ranges.push_back({stream_, blob.round, position, 1});
      return;
    }
    out.round = blob.round;
    out.payload = blob.payload;
    out.predecessor = blob.predecessor;
  } else {
    Entry& e = entry(task);
    e.state = State::out;
    e.rank = rank;
    ++n_out_;
    out.payload = e.payload;
    out.predecessor = e.predecessor;
  }
  if (out.predecessor != kNoTask) {
    const auto blob = blobs_.find(out.predecessor);
    if (blob == blobs_.end()) out.predecessor = kNoTask;  // it left none
    else out.blob_rank = blob->second.rank;
  }
  a.tasks.push_back(std::move(out));
}

bool Stream::is_done(std::int64_t task) const {
  return task < first_task() || done_.contains(info_.prepared ? task - first_task()
                                                              : current_->order->position_of(task - first_task()));
}

std::int64_t Stream::predecessor_of(std::int64_t task) {
  if (const auto blob = blobs_.find(task); blob != blobs_.end() && is_done(task)) return blob->second.predecessor;
  return entry(task).predecessor;
}

// A task that must run (or run again): ready, or waiting for its predecessor's result or blob.
void Stream::place(std::int64_t task) {
  const std::int64_t predecessor = predecessor_of(task);
  if (predecessor != kNoTask) {
    const auto blob = blobs_.find(predecessor);
    const bool on_its_way = blob != blobs_.end() && blob->second.state != State::done;
    if (!is_done(predecessor) || on_its_way) {
      waiting_on_[predecessor].push_back(task);
      return;
    }
  }
  make_ready(task);
}

void Stream::release(std::int64_t predecessor) {
  const auto found = waiting_on_.find(predecessor);
  if (found == waiting_on_.end()) return;
  const std::vector<std::int64_t> tasks = std::move(found->second);
  waiting_on_.erase(found);
  for (const std::int64_t task : tasks) {
    const auto blob = blobs_.find(task);
    const bool again = blob != blobs_.end() && blob->second.state == State::waiting;
    const bool first = has_entry(task) && task >= first_task() && entry(task).state == State::waiting;
    if (again || first) place(task);
  }
}

void Stream::make_ready(std::int64_t task) {
  const auto again = blobs_.find(task);
  std::int64_t predecessor = kNoTask;
  std::uint64_t group = 0;
  if (again != blobs_.end() && again->second.state == State::waiting) {
    again->second.state = State::ready;
    predecessor = again->second.predecessor;
  } else {
    Entry& e = entry(task);
    e.state = State::ready;
    --n_waiting_;
    predecessor = e.predecessor;
    group = e.group;
  }
  ready_.insert(task);
  const auto blob = predecessor == kNoTask ? blobs_.end() : blobs_.find(predecessor);
  if (group != 0) {
    const GroupKey key{group, blob == blobs_.end() ? -1 : blob->second.rank};
    groups_[key].insert(task);
    group_key_[task] = key;
  }
  if (blob == blobs_.end() || blob->second.rank < 0) return;
  const std::int64_t number = n_affine_++;
  affine_[blob->second.rank][number] = task;
  affine_key_[task] = {blob->second.rank, number};
  preferred_.push_back(blob->second.rank);
}

void Stream::leave_group(std::int64_t task) {
  const auto key = group_key_.find(task);
  if (key == group_key_.end()) return;
  const auto members = groups_.find(key->second);
  members->second.erase(task);
  if (members->second.empty()) groups_.erase(members);
  group_key_.erase(key);
}

void Stream::unready(std::int64_t task) {
  ready_.erase(task);
  leave_group(task);
  const auto key = affine_key_.find(task);
  if (key == affine_key_.end()) return;
  const auto tasks = affine_.find(key->second.first);
  tasks->second.erase(key->second.second);
  if (tasks->second.empty()) affine_.erase(tasks);
  affine_key_.erase(key);
}

void Stream::missing(int rank, const BlobMissing& m) {
  const std::int64_t task = m.task.task;
  const auto again = blobs_.find(task);
  if (again != blobs_.end() && again->second.state == State::out && again->second.rank == rank) {
    again->second.state = State::waiting;
    --n_again_;
  } else if (!ended_ && info_.prepared && has_entry(task) && entry(task).state == State::out && entry(task).rank == rank) {
    entry(task).state = State::waiting;
    --n_out_;
    ++n_waiting_;
  } else {
    return;  // somebody else has it by now
  }
  if (const auto blob = blobs_.find(m.predecessor); blob != blobs_.end() && blob->second.state == State::done) {
    blob->second.state = State::waiting;
    blob->second.rank = -1;
    place(m.predecessor);
  }
  place(task);
}

void Stream::lost(int rank) {
  if (ended_ || round_ < 0) return;
  shares_hold_ = false;
  if (const auto out = out_.find(rank); out != out_.end()) {
    for (const auto& [begin, end] : out->second.intervals())
      for (const auto& [from, to] : done_.missing(begin, end)) todo_.add(from, to);
    out_.erase(out);
  }
  if (const auto own = affine_.find(rank); own != affine_.end()) {
    for (const auto& [number, task] : own->second) {
      affine_key_.erase(task);
      leave_group(task);  // it runs alone
    }
    affine_.erase(own);
  }
  std::vector<std::int64_t> again;
  for (auto& [task, blob] : blobs_) {
    if (blob.rank != rank) continue;
    blob.rank = -1;
    if (blob.state != State::out) continue;
    blob.state = State::waiting;
    --n_again_;
    again.push_back(task);
  }
  for (std::int64_t task = entries_begin_; task < prepared_end_; ++task) {
    Entry& e = entry(task);
    if (e.state != State::out || e.rank != rank) continue;
    e.state = State::waiting;
    --n_out_;
    ++n_waiting_;
    again.push_back(task);
  }
  for (const std::int64_t task : again) place(task);
}

std::vector<int> Stream::take_preferred() { return std::exchange(preferred_, {}); }
std::vector<std::int64_t> Stream::take_closed() { return std::exchange(closed_, {}); }

void Stream::add_counts(Counts& c) const {
  c.done += n_done_;
  c.reused += n_reused_;
  c.repeated += n_repeated_;
  c.folded += folded_;
  if (ended_) c.total += folded_;
  else if (round_ >= 0) c.total += round_end_ == kUnlimited ? prepared_end_ : round_end_;
  if (round_ < 0 || (!ended_ && round_end_ == kUnlimited)) c.total_known = false;
  if (ended_ || round_ < 0) return;
  c.running += info_.prepared ? n_out_ : info_.n_tasks - done_.size() - todo_.size();
}

}  // namespace shoal::tasks
