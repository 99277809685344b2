// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/coordinator.hpp"

#include <algorithm>
#include <exception>
#include <limits>

#include <fmt/format.h>

#include "shoal/error.hpp"
#include "tasks/coordinator_state.hpp"

namespace shoal::tasks {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang before 17 does not find it alone

constexpr double kFailGraceSeconds = 2;  // a failed job does not wait for long tasks

}  // namespace

Coordinator::Coordinator(Job& job, const Policy& policy, std::vector<int> threads_of_rank, Journal& journal,
                         Observer* observer)
    : state_(std::make_unique<State>(job, policy, threads_of_rank, journal, observer)) {}
Coordinator::~Coordinator() = default;
void Coordinator::replay(ResultRun run) { state_->replay(std::move(run)); }
void Coordinator::replay(Decision decision) { state_->replay(std::move(decision)); }
void Coordinator::follow(FoldOrder order) { state_->follow(std::move(order)); }
void Coordinator::start(double now, CoordinatorActions& actions) { state_->start(now, actions); }
void Coordinator::on_message(double now, int from, Message message, CoordinatorActions& actions) {
  state_->on_message(now, from, std::move(message), actions);
}
void Coordinator::on_timer(double now, CoordinatorActions& actions) { state_->on_timer(now, actions); }
void Coordinator::on_stop(double now, StopKind kind, CoordinatorActions& actions) { state_->on_stop(now, kind, actions); }
void Coordinator::want_snapshot() { state_->want_snapshot(); }
double Coordinator::deadline() const { return state_->deadline(); }
bool Coordinator::finished() const { return state_->finished(); }
Outcome Coordinator::outcome() const { return state_->outcome(); }
const std::optional<Failure>& Coordinator::failure() const { return state_->failure(); }
Counts Coordinator::counts() const { return state_->counts(); }
bool Coordinator::alive(int rank) const { return state_->alive(rank); }

Coordinator::State::State(Job& job, const Policy& policy, const std::vector<int>& threads_of_rank, Journal& journal,
                          Observer* observer)
    : job_(job), policy_(policy), journal_(journal), observer_(observer), ranks_(threads_of_rank.size()) {
  for (std::size_t r = 0; r < ranks_.size(); ++r) {
    ranks_[r].threads = std::max(1, threads_of_rank[r]);
    slots_ += ranks_[r].threads;
  }
  for (std::int64_t s = 0; s < job.n_streams(); ++s) {
    open_.insert(open_.end(), s);
    streams_.push_back(std::make_unique<Stream>(job, s, policy_, journal, observer));
  }
}

Stream& Coordinator::State::recorded_stream(std::int64_t s) {
  if (s >= 0 && s < static_cast<std::int64_t>(streams_.size())) return stream(s);
  throw SystemError(fmt::format("the journal holds results of stream {}, but the job has {} streams", s, streams_.size()),
                    ExitCode::other_input);
}

void Coordinator::State::replay(ResultRun run) {
  Stream& s = recorded_stream(run.stream);
  s.replay(std::move(run));
}

void Coordinator::State::replay(Decision decision) {
  Stream& s = recorded_stream(decision.stream);
  s.replay(std::move(decision));
}

void Coordinator::State::follow(FoldOrder order) {
  Stream& s = recorded_stream(order.stream);
  s.follow(std::move(order));
}

void Coordinator::State::fail(double now, Failure failure, CoordinatorActions& actions) {
  if (failure_ || outcome_ == Outcome::complete) return;
  failure_ = std::move(failure);
  begin_end(now, {StopKind::soft, std::min(policy_.stop_grace_seconds, kFailGraceSeconds)}, actions);
  outcome_ = Outcome::failed;
}

// Runs code that calls into the job. What it throws ends the job, not the process.
template <class F>
void Coordinator::State::guarded(double now, CoordinatorActions& actions, F&& body) {
  try {
    body();
  } catch (const Error& e) {
    fail(now, {std::nullopt, static_cast<int>(e.code()), e.what()}, actions);
  } catch (const std::exception& e) {
    fail(now, {std::nullopt, static_cast<int>(ExitCode::internal), e.what()}, actions);
  } catch (...) {
    fail(now, {std::nullopt, static_cast<int>(ExitCode::internal), "an exception of unknown type"}, actions);
  }
}

void Coordinator::State::start(double now, CoordinatorActions& actions) {
  started_ = true;
  last_event_ = last_check_ = last_snapshot_ = now;
  for (Rank& r : ranks_) r.heard = now;
  guarded(now, actions, [&] {
    for (std::int64_t s = 0; s < static_cast<std::int64_t>(streams_.size()); ++s) {
      stream(s).advance(slots_);
      update(s);
    }
  });
  settle(now, actions);
}

void Coordinator::State::on_message(double now, int from, Message&& message, CoordinatorActions& actions) {
  if (from < 0 || from >= static_cast<int>(ranks_.size())) return;
  awake(now);
  heard(now, from, actions);
  guarded(now, actions, [&] {
    handle(now, from, std::move(message), actions);
    advance_touched();
  });
  settle(now, actions);
}

void Coordinator::State::advance_touched() {
  for (const std::int64_t s : std::exchange(touched_, {})) {
    stream(s).advance(slots_);
    update(s);
  }
}

void Coordinator::State::handle(double now, int from, Message&& message, CoordinatorActions& actions) {
  std::visit(Overloaded{
                 [&](Hello& m) { request(from, m.request); },
                 [&](Request& m) { request(from, m); },
                 [&](Results& m) { record(from, std::move(m)); },
                 [&](TaskError& m) {
                   ++n_failed_;
                   fail(now, {m.task, m.exit_code, std::move(m.text)}, actions);
                 },
                 [&](BlobMissing& m) {
                   if (m.task.stream < 0 || m.task.stream >= static_cast<std::int64_t>(streams_.size())) return;
                   stream(m.task.stream).missing(from, m);
                   touched_.insert(m.task.stream);
                 },
                 [&](Heartbeat& m) { actions.sends.push_back({from, HeartbeatReply{m.sent}}); },
                 [&](StopRequest& m) { on_stop(now, m.kind, actions); },
                 [&](Bye&) { rank(from).bye = true; },
                 [](auto&) {},  // the others are for workers
             },
             message);
}

void Coordinator::State::record(int from, Results&& m) {
  for (const ChunkLog& log : m.log) {
    if (log.stream < 0 || log.stream >= static_cast<std::int64_t>(streams_.size())) continue;
    stream(log.stream).measure(log.count, log.end - log.start);
    if (observer_) observer_->chunk(log);
  }
  for (ResultRun& run : m.runs) {
    if (run.stream < 0 || run.stream >= static_cast<std::int64_t>(streams_.size())) continue;
    touched_.insert(run.stream);
    stream(run.stream).record(from, std::move(run));
    ++n_events_;
  }
  request(from, m.request);
}

// Keeps the lists of streams with work, of preferences and of rounds to forget.
void Coordinator::State::update(std::int64_t s) {
  Stream& changed = stream(s);
  if (changed.may_have_work()) active_.insert(s);
  else active_.erase(s);
  for (const int r : changed.take_preferred()) {
    rank(r).preferred.insert(s);
    with_preferred_.insert(r);
  }
  if (changed.ended()) open_.erase(s);
  for (const std::int64_t round : changed.take_closed()) {
    for (Rank& r : ranks_)
      if (r.known.erase({s, round}) > 0) r.forget.emplace_back(s, round);
  }
}

void Coordinator::State::settle(double now, CoordinatorActions& actions) {
  if (outcome_ == Outcome::running || outcome_ == Outcome::stopped) {
    if (open_.empty()) {
      outcome_ = Outcome::complete;
      begin_end(now, {StopKind::finish, 0}, actions);
    }
  }
  if (!stop_) guarded(now, actions, [&] { assign(actions); });
  snapshot_if_due(now, actions);
  all_said_bye(now);
}

void Coordinator::State::begin_end(double now, Stop stop, CoordinatorActions& actions) {
  if (stop_ && stop.kind != StopKind::hard) return;
  // Stopped early there would have been more to do, but for the horizon; at the end there is no more.
  if (stop.kind != StopKind::finish) stop.blocked_ago = 0;
  else if (blocked_until_) stop.blocked_ago = now - *blocked_until_;
  stop_ = stop;
  stop_time_ = now;
  for (std::size_t r = 0; r < ranks_.size(); ++r)
    if (ranks_[r].alive) actions.sends.push_back({static_cast<int>(r), stop});
}

void Coordinator::State::on_stop(double now, StopKind kind, CoordinatorActions& actions) {
  if (kind == StopKind::finish || (stop_ && stop_->kind != StopKind::soft) || (stop_ && kind == StopKind::soft)) return;
  if (outcome_ == Outcome::running) outcome_ = Outcome::stopped;
  begin_end(now, {kind, kind == StopKind::soft ? policy_.stop_grace_seconds : 0}, actions);
  all_said_bye(now);
}

void Coordinator::State::snapshot_if_due(double now, CoordinatorActions& actions) {
  if (policy_.snapshot_seconds > 0 && now >= last_snapshot_ + policy_.snapshot_seconds) {
    last_snapshot_ = now;
    actions.snapshot = actions.snapshot || n_events_ > 0;
    n_events_ = 0;
  }
  if (!std::exchange(snapshot_wanted_, false)) return;
  last_snapshot_ = now;
  actions.snapshot = true;
}

void Coordinator::State::on_timer(double now, CoordinatorActions& actions) {
  awake(now);
  guarded(now, actions, [&] {
    check_silence(now, actions);
    advance_touched();
  });
  settle(now, actions);
}

double Coordinator::State::deadline() const {
  double when = last_check_ + policy_.heartbeat_seconds;
  if (policy_.snapshot_seconds > 0) when = std::min(when, last_snapshot_ + policy_.snapshot_seconds);
  if (stop_ && stop_->kind == StopKind::hard && !finished_) when = std::min(when, stop_time_ + policy_.hard_stop_seconds);
  return when;
}

Counts Coordinator::State::counts() const {
  Counts c;
  c.total_known = true;
  for (const auto& s : streams_) s->add_counts(c);
  c.failed = n_failed_;
  for (const Rank& r : ranks_) ++(r.alive ? c.ranks_alive : c.ranks_lost);
  return c;
}

}  // namespace shoal::tasks
