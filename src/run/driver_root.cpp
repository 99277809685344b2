// SPDX-License-Identifier: Apache-2.0
#include "run/driver_root.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "shoal/parallel/session.hpp"

namespace shoal::run {

using parallel::StopWish;

namespace {

std::string name_task(const tasks::TaskId& id) {
  if (id.stream == 0) return fmt::format("task {}: ", id.task);
  return fmt::format("task {} of stream {}: ", id.task, id.stream);
}

}  // namespace

Root::Root(tasks::Job& job, parallel::Comm& comm, const tasks::Policy& policy, const DriveOptions& options,
           DriveHooks hooks, std::vector<int> threads_of_rank, parallel::Waker& waker)
    : comm_(comm), options_(options), hooks_(std::move(hooks)), journal_(hooks_.journal, *this) {
  said_bye_.resize(threads_of_rank.size());
  coordinator_ =
      std::make_unique<tasks::Coordinator>(job, policy, std::move(threads_of_rank), journal_, hooks_.observer);
  for (tasks::ResultRun& run : hooks_.replay) coordinator_->replay(std::move(run));
  for (tasks::Decision& decision : hooks_.decisions) coordinator_->replay(std::move(decision));
  for (tasks::FoldOrder& order : hooks_.follow) coordinator_->follow(std::move(order));
  std::vector<tasks::ResultRun>().swap(hooks_.replay);
  std::vector<tasks::Decision>().swap(hooks_.decisions);
  std::vector<tasks::FoldOrder>().swap(hooks_.follow);
  if (hooks_.sync || hooks_.snapshot || hooks_.finish) {
    io_ = std::make_unique<IoThread>(hooks_.sync, [&waker] { waker.wake(); }, options_.sync_seconds);
  }
}

void Root::SyncedJournal::append(const tasks::ResultRun& run) {
  if (!inner_) return;
  inner_->append(run);
  if (root_.io_) root_.io_->note_record();
}

void Root::SyncedJournal::decided(const tasks::Decision& decision) {
  if (!inner_) return;
  inner_->decided(decision);
  if (root_.io_) root_.io_->note_record();
}

void Root::start(double now, Sends& out) {
  start_time_ = SteadyClock::now() - std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(now));
  next_progress_ = now + options_.progress_seconds;
  coordinator_->start(now, actions_);
  carry_out(actions_, out);
}

void Root::on_message(double now, int from, tasks::Message message, Sends& out) {
  if (const auto* bye = std::get_if<tasks::Bye>(&message)) {
    said_bye_[static_cast<std::size_t>(from)] = true;
    abandon_ = abandon_ || bye->abandoned > 0;
  }
  if (const auto* request = std::get_if<tasks::StopRequest>(&message)) {
    const auto wish = request->kind == tasks::StopKind::hard ? StopWish::now : StopWish::finish_running;
    on_stop(now, wish, fmt::format("a signal on rank {}", from), out);
    return;
  }
  coordinator_->on_message(now, from, std::move(message), actions_);
  carry_out(actions_, out);
}

void Root::on_stop(double now, StopWish wish, const std::string& reason, Sends& out) {
  if (wish <= stop_) return;
  stop_ = wish;
  if (stop_reason_.empty()) stop_reason_ = reason;
  if (io_ && wish == StopWish::now) io_->sync_soon();
  coordinator_->on_stop(now, wish == StopWish::now ? tasks::StopKind::hard : tasks::StopKind::soft, actions_);
  carry_out(actions_, out);
}

void Root::on_failure(double now, int rank, const RankFailure& failure, Sends& out) {
  fail(now, failure.code, fmt::format("rank {}: {}", rank, failure.message), out);
}

// The first failure is what the user reads; everything else follows from it.
void Root::fail(double now, ExitCode code, const std::string& message, Sends& out) {
  if (failure_) return;
  failure_ = RankFailure{code, message};
  on_stop(now, StopWish::now, "failure", out);
}

void Root::carry_out(tasks::CoordinatorActions& actions, Sends& out) {
  for (const int rank : actions.returned) {
    comm_.mark_alive(rank);
    if (hooks_.rank_changed) hooks_.rank_changed(rank, false);
  }
  for (const int rank : actions.lost) {
    comm_.mark_lost(rank);
    if (hooks_.rank_changed) hooks_.rank_changed(rank, true);
  }
  for (tasks::Send& send : actions.sends) out.push_back(std::move(send));
  if (actions.snapshot) snapshot_wanted_ = true;
  actions.clear();
}

void Root::on_timer(double now, Sends& out) {
  if (now >= coordinator_->deadline()) {
    coordinator_->on_timer(now, actions_);
    carry_out(actions_, out);
  }
  check_io(now, out);
  check_limit(now, out);
  if (snapshot_wanted_ && stage_ == Stage::running) take_snapshot();
  if (now >= next_progress_ && stage_ == Stage::running) show_progress(now);
  if (stage_ == Stage::running && coordinator_->finished()) begin_finish(now);
  if (stage_ == Stage::finishing && (!io_ || io_->is_finished())) end();
}

void Root::check_io(double now, Sends& out) {
  if (!io_ || stage_ != Stage::running || failure_) return;
  if (const auto thrown = io_->failure()) {
    const auto [code, message] = parallel::describe(thrown);
    fail(now, code, message, out);
  }
}

void Root::check_limit(double now, Sends& out) {
  if (options_.stop_at && stop_ == StopWish::none && SteadyClock::now() >= *options_.stop_at) {
    on_stop(now, StopWish::finish_running, "time limit", out);
  }
}

void Root::take_snapshot() {
  if (!io_ || !hooks_.snapshot) {
    snapshot_wanted_ = false;
    return;
  }
  if (io_->is_busy()) return;  // the I/O thread wakes us when it has written the last one
  snapshot_wanted_ = false;
  ++snapshots_;
  io_->begin_snapshot(hooks_.snapshot());
}

void Root::show_progress(double now) {
  next_progress_ = now + options_.progress_seconds;
  if (!hooks_.progress) return;
  DriveStatus status;
  status.progress = meter_.update(now, coordinator_->counts());
  status.durable_seconds_ago = io_ ? io_->durable_age() : 0;
  if (options_.stop_at) {
    status.stop_in_seconds = std::chrono::duration<double>(*options_.stop_at - SteadyClock::now()).count();
  }
  status.stopping = stop_ != StopWish::none;
  status.snapshots = snapshots_;
  hooks_.progress(status);
}

double Root::deadline() const {
  double next = std::min(coordinator_->deadline(), next_progress_);
  if (stage_ == Stage::running && options_.stop_at && stop_ == StopWish::none) {
    next = std::min(next, std::chrono::duration<double>(*options_.stop_at - start_time_).count());
  }
  return next;
}

DriveResult Root::summary(double now) const {
  DriveResult result;
  result.outcome = coordinator_->outcome();
  result.counts = coordinator_->counts();
  result.seconds = now;
  result.stop_reason = stop_reason_;
  result.usage = usage_;
  std::sort(result.usage.begin(), result.usage.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
  if (failure_) {
    result.code = failure_->code;
    result.message = failure_->message;
  } else if (const auto& failure = coordinator_->failure()) {
    result.code = static_cast<ExitCode>(failure->exit_code);
    result.message = failure->task ? name_task(*failure->task) + failure->text : failure->text;
  } else {
    result.code = result.outcome == tasks::Outcome::complete ? ExitCode::complete : ExitCode::resumable;
  }
  result.abandon = abandon_ || comm_.any_was_lost();
  return result;
}

void Root::begin_finish(double now) {
  show_progress(now);
  next_progress_ = std::numeric_limits<double>::infinity();
  stage_ = Stage::finishing;
  // After a hard stop a rank may be too late for its good-bye: nobody knows whether its threads will ever leave.
  abandon_ = abandon_ || std::find(said_bye_.begin(), said_bye_.end(), false) != said_bye_.end();
  result_ = summary(now);
  if (!io_) return;
  io_->begin_finish([this] {  // result_ is not touched by the main thread until the I/O thread has finished
    if (hooks_.finish) result_.code = hooks_.finish(result_);
  });
}

void Root::end() {
  stage_ = Stage::ended;
  if (!io_ || !result_.message.empty()) return;
  if (const auto thrown = io_->failure()) {
    const auto [code, message] = parallel::describe(thrown);
    result_.code = code;
    result_.message = message;
    abandon_ = abandon_ || (hooks_.must_leave && hooks_.must_leave());
  }
}

DriveResult Root::result() {
  result_.abandon = result_.abandon || abandon_ || comm_.any_was_lost();
  return std::move(result_);
}

}  // namespace shoal::run
