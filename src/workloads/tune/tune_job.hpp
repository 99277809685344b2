// SPDX-License-Identifier: Apache-2.0
// The tasks of a search, in one stream. A task is a segment of a trial's leg (search/scheduler.hpp); what it is to do is
// decided when it is prepared, from the results that may then be seen and nothing else.
//
// Three kinds of rounds follow each other:
//   a list      a stage whose legs are all known when it begins (and what is left of open legs): their segments, leg after
//               leg, each segment's predecessor the one before it. No window.
//   a window    a stage whose legs depend on its own results, or whose proposals do: task by task the lowest trial whose next
//               segment may start, or else the scheduler's next leg. Of `window` configurations nothing is seen. It ends
//               where a stop rule or the scheduler says so; what is then open is finished as a list.
//   the best    one task, whose predecessor is the best trial's last segment: it returns what is worth keeping of that
//               trial, so that no other trial's state needs to be kept.
//
// Trial t is repeat t % repeats of configuration t / repeats. Algorithms see configurations: the median of the losses of a
// configuration's repeats, once all of them may be seen. With schedulers there is one repeat, and they see the loss at every
// rung, with the rung's resource as its budget.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "shoal/search/algorithm.hpp"
#include "shoal/search/scheduler.hpp"
#include "shoal/tasks/job.hpp"
#include "workloads/tune/objective.hpp"
#include "workloads/tune/search_control.hpp"
#include "workloads/tune/trial_times.hpp"
#include "workloads/tune/trials.hpp"

namespace shoal::workloads::tune {

struct TuneJobOptions {
  std::int64_t repeats = 1;  // the scheduler's trials are repeats of configurations; 1 unless the scheduler is `none`
  bool rungs = false;        // the scheduler is not `none`: algorithms see losses rung by rung
  std::int64_t resource = 1; // that schedulers count with: of a whole trial
  std::int64_t window = 16;  // configurations
  bool free = false;         // look at whatever has finished
  ControlParameters control;
  std::function<double()> seconds;  // since the search began; needed with control.seconds
};

class TuneJob final : public tasks::Job {
 public:
  // All references outlive the job.
  TuneJob(search::Algorithm& algorithm, search::Scheduler& scheduler, const Objective& objective, std::size_t n_parameters,
          TuneJobOptions options);

  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override;
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending* pending) override;
  void restore(tasks::TaskId id, const tasks::Prepared& what, const tasks::Pending* pending) override;
  bool run(const tasks::TaskInput& input, tasks::Workspace* workspace, tasks::TaskOutput& output) const override;
  bool run_together(std::span<const tasks::TaskInput> inputs, tasks::Workspace* workspace,
                    std::span<tasks::TaskOutput> outputs) const override;
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return objective_.make_workspace(); }
  void fold(tasks::TaskId id, tasks::ByteView result) override;

  std::int64_t repeats() const { return options_.repeats; }
  // Do tasks depend on results of others, so that not all can run at once?
  bool windowed() const { return windowed_; }
  // Configurations and trials that have been started.
  std::int64_t n_configs() const { return n_configs_; }
  std::int64_t n_trials() const { return static_cast<std::int64_t>(trials_.size()); }

  // Segments folded so far, of all trials.
  std::int64_t n_segments() const { return tasks_begin_; }

  // What rank 0 has folded so far; empty before the first round.
  const Trials& trials() const { return trials_; }
  search::Point point(std::int64_t config) const;
  search::Point point_of(std::int64_t trial) const { return point(trial / repeats()); }
  const std::vector<std::vector<std::string>>& column_lists() const { return trials_.column_lists(); }
  const search::Scheduler& scheduler() const { return scheduler_; }

  // The best trial: of those that are ok (if there are none: that are pruned, of those that went furthest) the one of the
  // lowest loss, the first of equal ones; -1: none.
  std::int64_t best_trial() const;
  tasks::ByteView kept() const { return kept_; }  // of the best trial; empty until the last task is done

  // When and where trials ran.
  void note_slice(const tasks::ChunkLog& slice) { times_.ran(slice); }
  void restore_times(const record::Group& trials) { times_.read(trials); }
  const TrialTimes& times() const { return times_; }

  std::int64_t n_finished() const { return n_finished_; }
  std::int64_t n_failed() const { return n_failed_; }
  // Why no new trials were started before all had been; empty: they were.
  const std::string& stop_reason() const { return stop_reason_; }

 private:
  using State = search::State;
  struct Task {  // prepared, not yet folded
    std::int64_t trial = 0;
    std::int64_t end = 0;
    bool last = false;    // of its leg
    bool folded = false;
  };
  struct Leg {  // under way
    std::int64_t begin = 0, end = 0;  // of what is not yet prepared
    std::int64_t length = 1;          // of a segment
    std::int64_t predecessor = tasks::kNoTask;
    bool adopted = false;
    bool pauses = false;              // it was not asked to go to the trial's end
    bool over = false;                // as far as it has been folded
    bool seen = false;                // ... and looked at
    State state = State::ok;          // once over
    std::size_t n_rungs_before = 0;   // of the trial
    std::vector<Rung> rungs;
  };
  struct Unseen {  // folded, not yet looked at
    std::int64_t task = 0;
    std::int64_t trial = 0;
    bool over = false;  // the leg
  };
  // Legs in a list: plain ones (from the beginning of a new trial to its end, without rungs) are their trials alone.
  struct Listed {
    std::int64_t trial = 0;
    std::int64_t first_task = 0;
  };
  struct Ahead {
    search::Leg leg;
    std::int64_t predecessor = tasks::kNoTask;
  };

  // tune_job.cpp: rounds and tasks
  tasks::Round open_stage();
  tasks::Round keeping_round();
  std::optional<tasks::Prepared> prepare_windowed(std::int64_t task);
  tasks::Prepared prepare_listed(std::int64_t task);
  tasks::Prepared prepare_segment(std::int64_t trial, std::int64_t task);
  tasks::Prepared prepare_keeping() const;
  bool may_start();
  void hand_in(const Segment& segment, const SegmentOutcome& outcome, tasks::Bytes&& next, tasks::TaskOutput& output) const;

  // tune_job_legs.cpp: what is under way, and what came of it
  tasks::Round list_stage();
  tasks::Round list_open();
  void admit(const search::Leg& leg);
  std::int64_t predecessor_of(const search::Leg& leg) const;
  Leg& begin_leg(search::Leg&& leg, std::int64_t predecessor);
  void propose(std::int64_t config);
  void finish(std::int64_t trial, std::int64_t task, Leg& leg, const SegmentOutcome& outcome);
  void see(std::int64_t before_task);
  void see_end(std::int64_t trial);
  void observe_rungs(std::int64_t trial, const Leg& leg);
  void observe_config(std::int64_t config);
  void forget_pending(std::int64_t config);
  void observe(std::int64_t config, double loss, State state, double budget);

  search::Algorithm& algorithm_;
  search::Scheduler& scheduler_;
  const Objective& objective_;
  std::size_t n_parameters_;
  TuneJobOptions options_;
  StopRules rules_;
  bool windowed_;

  std::int64_t n_configs_ = 0;
  std::vector<double> points_;                   // (configuration, parameter)
  Trials trials_;
  std::map<std::int64_t, Leg> open_;             // by trial
  std::map<std::int64_t, std::int64_t> paused_;  // trial -> the task that left its state
  std::set<std::int64_t> ready_;                 // open trials whose next segment may start
  std::deque<Unseen> unseen_;
  std::map<std::int64_t, std::int64_t> repeats_seen_;  // of configurations, if there are more than one each
  std::vector<search::Point> pending_;           // proposed and not observed, in order; only of algorithms with history
  std::vector<std::int64_t> pending_configs_;

  enum class Kind { list, window, keeping };
  Kind kind_ = Kind::list;
  std::int64_t round_first_ = 0;
  std::int64_t round_tasks_ = 0;  // prepared in a window
  std::vector<Listed> list_;
  std::vector<Ahead> ahead_;      // of legs that are not plain, as the list; else empty
  std::size_t at_ = 0;            // in the list
  std::deque<Task> tasks_;        // from tasks_begin_ on
  std::int64_t tasks_begin_ = 0;

  bool stopped_ = false;
  bool kept_done_ = false;
  std::string stop_reason_;
  double elapsed_before_ = 0;     // search time of earlier runs
  std::optional<double> recorded_elapsed_;  // while a decision is restored
  double elapsed_ = 0;            // at the latest decision

  std::int64_t best_ = -1;        // of those that are ok
  std::int64_t best_task_ = tasks::kNoTask;  // its last
  std::int64_t n_finished_ = 0;
  std::int64_t n_failed_ = 0;
  tasks::Bytes kept_;
  TrialTimes times_;
};

}  // namespace shoal::workloads::tune
