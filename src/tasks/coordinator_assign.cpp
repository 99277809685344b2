// SPDX-License-Identifier: Apache-2.0
// Handing out: ranks with idle threads first, in the order they asked; wishes ahead of need only while there is enough
// for every thread of every rank, so that near the end no task is parked behind another.
#include <algorithm>

#include "tasks/coordinator_state.hpp"

namespace shoal::tasks {

void Coordinator::State::request(int from, const Request& m) {
  Rank& r = rank(from);
  if (m.epoch != r.epoch || r.bye) return;
  // What is under way to the rank serves its idle threads first.
  const std::int64_t under_way = std::max<std::int64_t>(0, r.sent - m.received);
  r.idle = std::max<std::int64_t>(0, m.idle - under_way);
  const std::int64_t rest = std::max<std::int64_t>(0, under_way - m.idle);
  r.ahead = std::max<std::int64_t>(0, m.ahead - rest);
  echo_rank_ = from;
  echo_ = m.sent;
  line_up(from);
}

void Coordinator::State::line_up(int who) {
  Rank& r = rank(who);
  if (r.idle > 0 && !r.in_idle_line) {
    idle_line_.push_back(who);
    r.in_idle_line = true;
    r.lined_up = event_;
  }
  if (r.ahead > 0 && !r.in_ahead_line) {
    ahead_line_.push_back(who);
    r.in_ahead_line = true;
  }
}

void Coordinator::State::assign(CoordinatorActions& actions) {
  serve_preferred();
  serve_line(idle_line_, false);
  serve_line(ahead_line_, true);
  send_assignments(actions);
  echo_rank_ = -1;  // later answers do not measure the round trip
}

bool Coordinator::State::somebody_starves() const {
  if (is_static(policy_.chunks)) return false;  // who waits in line may have had its share
  return !idle_line_.empty() && ranks_[static_cast<std::size_t>(idle_line_.front())].lined_up != event_;
}

// A task goes where its predecessor's blob is, if a thread is idle there.
void Coordinator::State::serve_preferred() {
  for (auto it = with_preferred_.begin(); it != with_preferred_.end();) {
    Rank& r = rank(*it);
    while (r.alive && r.idle > 0 && !r.preferred.empty()) {
      const std::int64_t s = *r.preferred.begin();
      if (!stream(s).prefers(*it) || !give_from(*it, s, false)) r.preferred.erase(r.preferred.begin());
      else --r.idle;
    }
    if (r.preferred.empty()) it = with_preferred_.erase(it);
    else ++it;
  }
}

// One chunk each in turn, until nobody wants or nothing is left. By static rules a rank that has its share stays in line
// while others are served.
void Coordinator::State::serve_line(std::deque<int>& line, bool ahead) {
  std::size_t refused = 0;
  while (refused < line.size() && !active_.empty()) {
    if (ahead && !plenty()) return;
    const int who = line.front();
    Rank& r = rank(who);
    std::int64_t& wanted = ahead ? r.ahead : r.idle;
    bool& in_line = ahead ? r.in_ahead_line : r.in_idle_line;
    const bool served = wanted > 0 && r.alive && give(who, ahead);
    if (!served && wanted > 0 && r.alive) {
      if (!is_static(policy_.chunks)) return;  // nothing left
      std::rotate(line.begin(), line.begin() + 1, line.end());
      ++refused;
      continue;
    }
    line.pop_front();
    in_line = false;
    refused = 0;
    if (!served) continue;
    --wanted;
    line_up(who);
  }
}

// Enough unassigned tasks for every thread of every rank?
bool Coordinator::State::plenty() const {
  std::int64_t n = 0;
  for (const std::int64_t s : active_) {
    const std::int64_t here = streams_[static_cast<std::size_t>(s)]->available();
    if (here >= slots_ - n) return true;
    n += here;
  }
  return false;
}

bool Coordinator::State::give(int who, bool ahead) {
  auto it = active_.begin();
  while (it != active_.end()) {
    const std::int64_t s = *it;
    if (!stream(s).may_take(who, rank(who).threads)) {
      ++it;
      continue;
    }
    if (give_from(who, s, ahead)) return true;
    // Still active: it has just opened its next round, or nothing in it may be given ahead of need.
    it = ahead ? active_.upper_bound(s) : active_.lower_bound(s);
  }
  return false;
}

// One chunk from a stream; false: it had nothing after all (and is not listed as active any longer, unless a new round has
// begun).
bool Coordinator::State::give_from(int who, std::int64_t s, bool ahead) {
  Rank& r = rank(who);
  const bool given = stream(s).take(who, slots_, ahead, r.out);
  stream(s).advance(slots_);  // preparing may have found the end of the round
  update(s);
  if (!given) return false;
  if (!ahead && somebody_starves()) blocked_until_ = now_;
  if (r.in_idle_line && r.lined_up != event_) r.out.blocked_ago = 0;
  if (r.out.chunks++ == 0) answering_.push_back(who);
  ++r.sent;
  return true;
}

void Coordinator::State::send_assignments(CoordinatorActions& actions) {
  for (const int who : std::exchange(answering_, {})) {
    Rank& r = rank(who);
    const auto gone = [&](const auto& t) { return !stream(t.stream).knows(t.round); };
    std::erase_if(r.out.ranges, gone);
    std::erase_if(r.out.tasks, gone);
    const auto tell = [&](std::int64_t s, std::int64_t round) {
      if (r.known.insert({s, round}).second) r.out.rounds.push_back(stream(s).round_start(round));
    };
    for (const RangeTask& t : r.out.ranges) tell(t.stream, t.round);
    for (const PreparedTask& t : r.out.tasks) tell(t.stream, t.round);
    r.out.forget = std::exchange(r.forget, {});
    r.out.echo = who == echo_rank_ ? echo_ : 0;
    actions.sends.push_back({who, std::move(r.out)});
    r.out = {};
  }
}

}  // namespace shoal::tasks
