// SPDX-License-Identifier: Apache-2.0
#include "run/driver_rank.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "shoal/measure/in_state.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::run {

using parallel::StopWish;

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kLookSeconds = 5e-3;  // results of running threads are fetched so often, if nothing calls earlier
constexpr int kMessagesAtOnce = 64;    // then the own threads get their turn
constexpr double kFlushSeconds = 5;    // for the last messages to leave
constexpr double kShortestPause = 20e-6;

// Tasks poll their stop token every 0.2 s; rank 0 waits for hard_stop_seconds (0.5) after a hard stop.
double hold_seconds(const tasks::Policy& policy) {
  return std::min(policy.abandon_seconds, 0.6 * policy.hard_stop_seconds);
}

tasks::LocalQueueHooks queue_hooks(const SteadyClock::time_point& start, parallel::Waker& waker) {
  tasks::LocalQueueHooks hooks;
  hooks.clock = [&start] { return std::chrono::duration<double>(SteadyClock::now() - start).count(); };
  hooks.thread_cpu = parallel::thread_cpu_seconds;
  hooks.wake = [&waker] { waker.wake(); };
  return hooks;
}

}  // namespace

RankLoop::RankLoop(tasks::Job& job, parallel::Comm& comm, const tasks::Policy& policy, const DriveOptions& options,
                   DriveHooks hooks, tasks::BlobStore& blobs, std::vector<int> threads_of_rank)
    : comm_(comm),
      courier_(comm),
      policy_(policy),
      options_(options),
      states_(options.threads),
      worker_(job, comm.rank(), options.threads / policy.threads_per_task, policy, blobs),
      queue_(job, comm.rank(), options.threads, policy, blobs, queue_hooks(start_, waker_)) {
  if (comm.rank() != 0) return;
  root_ = std::make_unique<Root>(job, comm, policy, options, std::move(hooks), std::move(threads_of_rank), waker_);
}

double RankLoop::now() const { return std::chrono::duration<double>(SteadyClock::now() - start_).count(); }

DriveResult RankLoop::run() {
  process_cpu_start_ = parallel::process_cpu_seconds();
  main_cpu_start_ = parallel::thread_cpu_seconds();
  signals_ = std::make_unique<parallel::SignalWatch>(waker_, options_.kill_follows);
  // What was replayed is folded before anybody waits for work; the clocks of all ranks begin afterwards.
  parallel::together(comm_, [this] {
    if (root_) root_->start(0, out_);
  });
  start_ = SteadyClock::now();
  states_.start(0);
  threads_alive_ = options_.threads;
  parallel::run_region(options_.threads, {.main = [this] { main_thread(); },
                                          .worker = [this](int thread) { work(thread); },
                                          .on_failure = [this] { queue_.close(); }});
  signals_.reset();
  return std::move(result_);
}

void RankLoop::work(int thread) {
  const measure::ThreadSeat seat(states_, thread, clock_);
  queue_.work(thread);
  threads_alive_.fetch_sub(1);
  waker_.wake();
}

// The main thread wakes within a microsecond of its timer instead of the usual 50.
void RankLoop::main_thread() {
  const int slack = prctl(PR_GET_TIMERSLACK);
  prctl(PR_SET_TIMERSLACK, 1000);
  try {
    serve();
  } catch (...) {
    end_badly(std::current_exception());
  }
  wind_up();
  prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(std::max(1, slack)));
}

void RankLoop::serve() {
  worker_.start(now(), actions_);
  carry_out();
  while (!ended()) {
    step();
    if (!ended()) pause();
  }
  if (root_) {
    result_ = root_->result();
    tell_exit();
  } else {
    result_.code = exit_code_of(*worker_.exit_code());
    result_.abandon = exit_abandons(*worker_.exit_code());
  }
}

bool RankLoop::ended() const { return root_ ? root_->ended() : worker_.exit_code().has_value(); }

void RankLoop::step() {
  receive_messages();
  look_at_signals();
  if (queue_.news() || now() >= look_again_) look_at_threads();
  if (now() >= worker_.deadline()) {
    worker_.on_timer(now(), actions_);
    carry_out();
  }
  if (root_) root_->on_timer(now(), out_);
  release_bye();
  deliver();
  if (worker_.finished() && !closed_) {
    closed_ = true;
    queue_.close();
  }
}

void RankLoop::receive_messages() {
  for (int i = 0; i < kMessagesAtOnce; ++i) {
    std::optional<Delivery> delivery = courier_.receive();
    if (!delivery) return;
    backoff_.traffic(SteadyClock::now());
    dispatch(std::move(*delivery));
    deliver();
    if (!root_ && ended()) return;  // what follows is for whoever waits next, such as leave_after_root
  }
  waker_.wake();  // there may be more: no pause
}

void RankLoop::dispatch(Delivery delivery) {
  if (auto* message = std::get_if<tasks::Message>(&delivery.content)) {
    route(delivery.from, std::move(*message));
  } else if (root_ && std::holds_alternative<RankUsage>(delivery.content)) {
    root_->on_usage(std::get<RankUsage>(delivery.content));
  } else if (root_) {
    root_->on_failure(now(), delivery.from, std::get<RankFailure>(delivery.content), out_);
  }
}

void RankLoop::route(int from, tasks::Message message) {
  if (root_ && is_for_coordinator(message)) {
    root_->on_message(now(), from, std::move(message), out_);
    return;
  }
  worker_.on_message(now(), from, std::move(message), actions_);
  carry_out();
}

void RankLoop::look_at_threads() {
  tasks::LocalReport report = queue_.report();
  look_again_ = report.queued > 0 || report.running > 0 || !report.empty() ? now() + kLookSeconds : kNever;
  worker_.on_local(now(), std::move(report), actions_);
  carry_out();
}

void RankLoop::look_at_signals() {
  const StopWish wish = signals_->stop();
  const bool snapshot = signals_->take_snapshot_wish();
  if (root_ && snapshot) root_->want_snapshot();
  if (wish <= stop_) return;
  stop_ = wish;
  if (root_) {
    root_->on_stop(now(), wish, fmt::format("signal {}", signals_->name()), out_);
  } else {
    worker_.request_stop(wish == StopWish::now ? tasks::StopKind::hard : tasks::StopKind::soft, actions_);
    carry_out();
  }
}

void RankLoop::carry_out() {
  if (actions_.hang) {
    fmt::print(stderr, "shoal: rank {} has heard nothing from rank 0 for {} s and leaves\n", comm_.rank(),
               policy_.hang_seconds);
    parallel::leave(ExitCode::hang);
  }
  if (actions_.clear_queue || !actions_.start.empty()) look_again_ = 0;  // the Worker must see how the pool stands
  if (actions_.request_stop && token_time_ < 0) token_time_ = now();
  if (actions_.blocked_ago) {
    const double waited_until = *actions_.blocked_ago < 0 ? -kNever : now() - *actions_.blocked_ago;
    states_.settle_waits(now(), waited_until);
  }
  queue_.carry_out(actions_);
  queue_.set_wake_below(worker_.wake_below());
  for (tasks::Send& send : actions_.sends) out_.push_back(std::move(send));
  actions_.clear();
}

// Messages to the own rank are handed over directly; they may lead to further ones.
void RankLoop::deliver() {
  while (!out_.empty()) {
    tasks::Send send = std::move(out_.front());
    out_.pop_front();
    if (hold_bye(send)) continue;
    if (std::holds_alternative<tasks::Bye>(send.message)) say_bye();
    if (send.to == comm_.rank()) {
      route(comm_.rank(), std::move(send.message));
    } else {
      courier_.send(send.to, send.message);
      backoff_.traffic(SteadyClock::now());
    }
  }
}

void RankLoop::pause() {
  double next = std::min(worker_.deadline(), look_again_);
  if (root_) next = std::min(next, root_->deadline());
  if (held_bye_) next = std::min(next, token_time_ + hold_seconds(policy_));
  const double seconds = std::clamp(next - now(), kShortestPause, 1.0);
  auto limit = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  if (comm_.size() > 1) limit = std::min(limit, backoff_.interval(SteadyClock::now()));
  waker_.sleep(limit);
}

// After a hard stop the Worker says good-bye at once, with tasks running. Most obey within 0.2 s: only those that do not
// are worth ending all processes without MPI_Finalize.
bool RankLoop::hold_bye(const tasks::Send& send) {
  const auto* bye = std::get_if<tasks::Bye>(&send.message);
  if (!bye || bye->abandoned == 0 || held_bye_ || now() >= token_time_ + hold_seconds(policy_)) return false;
  held_bye_ = send;
  return true;
}

void RankLoop::release_bye() {
  if (!held_bye_) return;
  const bool obeyed = threads_alive_ == 0;
  if (!obeyed && now() < token_time_ + hold_seconds(policy_)) return;
  if (obeyed) held_bye_->message = tasks::Bye{};
  out_.push_back(std::move(*held_bye_));
  held_bye_.reset();
}

void RankLoop::say_bye() {
  if (root_) root_->on_usage(usage());
  else courier_.report_usage(usage());
}

RankUsage RankLoop::usage() const {
  rusage process{};
  getrusage(RUSAGE_SELF, &process);
  RankUsage usage;
  usage.rank = comm_.rank();
  usage.threads = options_.threads;
  usage.wall_seconds = now();
  usage.process_cpu_seconds = parallel::process_cpu_seconds() - process_cpu_start_;
  usage.main_cpu_seconds = parallel::thread_cpu_seconds() - main_cpu_start_;
  usage.round_trip_seconds = worker_.round_trip_seconds();
  usage.messages = courier_.messages();
  usage.bytes = courier_.bytes();
  usage.max_rss_bytes = process.ru_maxrss * 1024;
  usage.states = states_.times(usage.wall_seconds);
  return usage;
}

void RankLoop::tell_exit() {
  const tasks::Message exit = tasks::Exit{pack_exit(result_.code, result_.abandon)};
  for (int rank = 1; rank < comm_.size(); ++rank) courier_.send(rank, exit);
  comm_.flush(kFlushSeconds);
  for (int rank = 1; rank < comm_.size(); ++rank) {  // one believed lost may still be there, and slow
    if (!comm_.is_lost(rank)) continue;
    comm_.mark_alive(rank);
    courier_.send(rank, exit);
    comm_.mark_lost(rank);
  }
}

// The state machines cannot be trusted any more: only the end is agreed upon.
void RankLoop::end_badly(const std::exception_ptr& thrown) {
  const auto [code, message] = parallel::describe(thrown);
  queue_.request_stop();
  queue_.close();
  if (root_) {
    result_.code = code;
    result_.message = message;
    result_.outcome = tasks::Outcome::failed;
    result_.abandon = comm_.any_was_lost();
    tell_exit();
  } else {
    courier_.report_failure({code, message});
    wait_for_exit(code);
  }
}

void RankLoop::wait_for_exit(ExitCode own) {
  double last_heard = now();
  double last_sent = last_heard;
  result_.code = own;
  for (;;) {
    while (std::optional<parallel::Message> raw = comm_.receive()) {
      last_heard = now();
      const auto message = tasks::parse_message(raw->bytes);
      if (std::holds_alternative<tasks::Stop>(message)) courier_.send(0, tasks::Bye{});
      if (const auto* exit = std::get_if<tasks::Exit>(&message)) {
        result_.code = exit_code_of(exit->code);
        result_.abandon = exit_abandons(exit->code);
        return;
      }
    }
    if (now() - last_heard > policy_.hang_seconds) parallel::leave(own);
    if (now() - last_sent > policy_.heartbeat_seconds) {
      courier_.send(0, tasks::Heartbeat{now()});
      last_sent = now();
    }
    waker_.sleep(std::chrono::milliseconds(5));
  }
}

// Threads leave after their present slice; a task that ignores its stop token would keep the region open for ever.
void RankLoop::wind_up() {
  queue_.request_stop();
  queue_.close();
  double patience = policy_.abandon_seconds;
  for (double last = now(); threads_alive_ > 0 && patience > 0;) {
    waker_.sleep(std::chrono::milliseconds(5));
    const double awake = now();
    patience -= std::min(awake - last, 0.05);  // while this process was suspended they were too
    last = awake;
  }
  comm_.flush(kFlushSeconds);
  if (threads_alive_ == 0) return;
  if (root_) {  // the caller cannot report any more
    const std::string& why = result_.message.empty() ? result_.stop_reason : result_.message;
    fmt::print(stderr, "shoal: stopped ({}); {} tasks did not stop when asked and are left behind: the same command "
                       "computes them again\n", why, threads_alive_.load());
  }
  parallel::leave_after_root(comm_, result_.code);
}

}  // namespace shoal::run
