// SPDX-License-Identifier: Apache-2.0
// What rank 0 has and others have not: the Coordinator, journal and I/O thread, limits, progress, and the end of the run.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/driver.hpp"
#include "run/driver_courier.hpp"
#include "run/driver_io.hpp"
#include "shoal/parallel/signals.hpp"
#include "shoal/parallel/waker.hpp"
#include "shoal/tasks/coordinator.hpp"

namespace shoal::run {

using Sends = std::deque<tasks::Send>;

class Root {
 public:
  // Replays hooks.replay. All references outlive the object.
  Root(tasks::Job& job, parallel::Comm& comm, const tasks::Policy& policy, const DriveOptions& options,
       DriveHooks hooks, std::vector<int> threads_of_rank, parallel::Waker& waker);

  // Opens the first rounds and folds what was replayed. `now` of all members: seconds since the driver's start.
  void start(double now, Sends& out);
  void on_message(double now, int from, tasks::Message message, Sends& out);
  void on_usage(const RankUsage& usage) { usage_.push_back(usage); }
  void on_failure(double now, int rank, const RankFailure& failure, Sends& out);
  void on_stop(double now, parallel::StopWish wish, const std::string& reason, Sends& out);
  void want_snapshot() { coordinator_->want_snapshot(); snapshot_wanted_ = true; }

  // Timers, limits, news of the I/O thread, progress, and the end; called at deadline() at the latest.
  void on_timer(double now, Sends& out);
  double deadline() const;

  bool ended() const { return stage_ == Stage::ended; }
  DriveResult result();

 private:
  enum class Stage { running, finishing, ended };

  // Tells the I/O thread of each record.
  class SyncedJournal final : public tasks::Journal {
   public:
    SyncedJournal(tasks::Journal* inner, Root& root) : inner_(inner), root_(root) {}
    void append(const tasks::ResultRun& run) override;
    void decided(const tasks::Decision& decision) override;

   private:
    tasks::Journal* inner_;
    Root& root_;
  };

  void carry_out(tasks::CoordinatorActions& actions, Sends& out);
  void fail(double now, ExitCode code, const std::string& message, Sends& out);
  void check_io(double now, Sends& out);
  void check_limit(double now, Sends& out);
  void take_snapshot();
  void show_progress(double now);
  void begin_finish(double now);
  void end();
  DriveResult summary(double now) const;

  parallel::Comm& comm_;
  DriveOptions options_;
  DriveHooks hooks_;
  SteadyClock::time_point start_time_;  // of the driver's clock
  SyncedJournal journal_;
  std::unique_ptr<tasks::Coordinator> coordinator_;
  tasks::CoordinatorActions actions_;
  tasks::ProgressMeter meter_{0};

  Stage stage_ = Stage::running;
  parallel::StopWish stop_ = parallel::StopWish::none;
  std::string stop_reason_;
  std::optional<RankFailure> failure_;
  bool snapshot_wanted_ = false;
  std::int64_t snapshots_ = 0;
  double next_progress_ = 0;
  std::vector<bool> said_bye_;    // by rank
  bool abandon_ = false;
  std::vector<RankUsage> usage_;
  DriveResult result_;
  std::unique_ptr<IoThread> io_;  // none without hooks that need it; last, because its work uses the other members
};

}  // namespace shoal::run
