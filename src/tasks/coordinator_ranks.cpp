// SPDX-License-Identifier: Apache-2.0
// Ranks that fall silent, come back, and say good-bye.
#include <algorithm>

#include "tasks/coordinator_state.hpp"

namespace shoal::tasks {

void Coordinator::State::heard(double now, int from, CoordinatorActions& actions) {
  Rank& r = rank(from);
  r.heard = now;
  if (r.alive) return;
  // It forgets what it had not started; what it is running may still come in first.
  r.alive = true;
  r.bye = false;
  slots_ += r.threads;
  actions.returned.push_back(from);
  actions.sends.push_back({from, Reset{r.epoch}});
  if (stop_) actions.sends.push_back({from, *stop_});
}

// If this process was suspended itself the silence is not theirs.
void Coordinator::State::awake(double now) {
  ++event_;
  now_ = now;
  if (const double gap = now - last_event_; gap > 5 * policy_.heartbeat_seconds)
    for (Rank& r : ranks_) r.heard += gap;
  last_event_ = now;
}

void Coordinator::State::check_silence(double now, CoordinatorActions& actions) {
  if (now - last_check_ < policy_.heartbeat_seconds / 2) return;
  last_check_ = now;
  for (int r = 1; r < static_cast<int>(ranks_.size()); ++r)
    if (rank(r).alive && now - rank(r).heard >= policy_.lost_seconds) lose(r, actions);
}

void Coordinator::State::lose(int r, CoordinatorActions& actions) {
  Rank& gone = rank(r);
  gone.alive = false;
  ++gone.epoch;
  gone.sent = gone.idle = gone.ahead = 0;
  gone.known.clear();
  gone.forget.clear();
  gone.preferred.clear();
  gone.out = {};
  with_preferred_.erase(r);
  slots_ -= gone.threads;
  actions.lost.push_back(r);
  for (std::int64_t s = 0; s < static_cast<std::int64_t>(streams_.size()); ++s) {
    stream(s).lost(r);
    touched_.insert(s);
  }
}

void Coordinator::State::all_said_bye(double now) {
  if (!stop_ || finished_) return;
  const bool all = std::all_of(ranks_.begin(), ranks_.end(), [](const Rank& r) { return r.bye || !r.alive; });
  const bool late = stop_->kind == StopKind::hard && now >= stop_time_ + policy_.hard_stop_seconds;
  finished_ = all || late;
}

}  // namespace shoal::tasks
