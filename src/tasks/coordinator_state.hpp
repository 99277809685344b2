// SPDX-License-Identifier: Apache-2.0
// What the Coordinator knows: ranks, streams, who asked for what. Events: coordinator.cpp; ranks that come and go and
// the end: coordinator_ranks.cpp; handing out: coordinator_assign.cpp.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "shoal/tasks/coordinator.hpp"
#include "tasks/stream.hpp"

namespace shoal::tasks {

class Coordinator::State {
 public:
  State(Job&, const Policy&, const std::vector<int>& threads_of_rank, Journal&, Observer*);

  void replay(ResultRun);
  void replay(Decision);
  void follow(FoldOrder);
  void start(double now, CoordinatorActions&);
  void on_message(double now, int from, Message&&, CoordinatorActions&);
  void on_timer(double now, CoordinatorActions&);
  void on_stop(double now, StopKind, CoordinatorActions&);
  void want_snapshot() { snapshot_wanted_ = true; }

  double deadline() const;
  bool finished() const { return finished_; }
  Outcome outcome() const { return outcome_; }
  const std::optional<Failure>& failure() const { return failure_; }
  Counts counts() const;
  bool alive(int rank) const { return ranks_[static_cast<std::size_t>(rank)].alive; }

 private:
  struct Rank {
    int threads = 1;
    bool alive = true;
    bool bye = false;
    double heard = 0;
    std::int64_t epoch = 0;
    std::int64_t sent = 0;     // chunks given in this epoch
    std::int64_t idle = 0;     // wanted for threads without work
    std::int64_t ahead = 0;    // wanted ahead of need
    bool in_idle_line = false;
    bool in_ahead_line = false;
    std::int64_t lined_up = 0; // number of the event in which it last joined the line of idle ranks
    std::set<std::pair<std::int64_t, std::int64_t>> known;  // (stream, round) told
    std::vector<std::pair<std::int64_t, std::int64_t>> forget;
    std::set<std::int64_t> preferred;                       // streams that have work whose blob is on this rank
    Assignment out;            // being put together
  };

  Rank& rank(int r) { return ranks_[static_cast<std::size_t>(r)]; }
  Stream& recorded_stream(std::int64_t s);                // throws if the job has no such stream
  Stream& stream(std::int64_t s) { return *streams_[static_cast<std::size_t>(s)]; }

  template <class F>
  void guarded(double now, CoordinatorActions&, F&&);     // exceptions become failure()
  void fail(double now, Failure, CoordinatorActions&);

  // coordinator.cpp
  void handle(double now, int from, Message&&, CoordinatorActions&);
  void record(int from, Results&&);
  void advance_touched();
  void update(std::int64_t stream);                       // after anything happened to a stream
  void begin_end(double now, Stop, CoordinatorActions&);
  void settle(double now, CoordinatorActions&);           // after every event
  void snapshot_if_due(double now, CoordinatorActions&);

  // coordinator_ranks.cpp
  void heard(double now, int from, CoordinatorActions&);
  void awake(double now);
  void check_silence(double now, CoordinatorActions&);
  void lose(int r, CoordinatorActions&);
  void all_said_bye(double now);

  // coordinator_assign.cpp
  void request(int from, const Request&);
  void line_up(int r);
  bool somebody_starves() const;                          // idle since an earlier event: no task could start
  void assign(CoordinatorActions&);
  bool give(int r, bool ahead);
  bool give_from(int r, std::int64_t stream, bool ahead);
  bool plenty() const;
  void serve_preferred();
  void serve_line(std::deque<int>&, bool ahead);
  void send_assignments(CoordinatorActions&);

  Job& job_;
  Policy policy_;
  Journal& journal_;
  Observer* observer_;
  std::vector<Rank> ranks_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::set<std::int64_t> active_;          // streams that may have work
  std::set<std::int64_t> touched_;         // streams to advance after this event
  std::set<std::int64_t> open_;            // streams not ended
  std::int64_t slots_ = 0;                 // threads of all ranks alive

  std::deque<int> idle_line_;              // ranks in the order they asked
  std::deque<int> ahead_line_;
  std::set<int> with_preferred_;           // ranks whose `preferred` is not empty
  std::int64_t event_ = 0;
  double now_ = 0;                         // of this event
  std::optional<double> blocked_until_;    // when tasks last could start for which a rank had waited
  int echo_rank_ = -1;                     // whose request this event answers, and when it was sent
  double echo_ = 0;
  std::vector<int> answering_;             // ranks whose `out` is not empty

  double last_event_ = 0;
  double last_check_ = 0;
  double last_snapshot_ = 0;
  bool snapshot_wanted_ = false;
  std::int64_t n_events_ = 0;              // results since the last snapshot

  bool started_ = false;
  std::optional<Stop> stop_;
  double stop_time_ = 0;
  bool finished_ = false;
  Outcome outcome_ = Outcome::running;
  std::optional<Failure> failure_;
  std::int64_t n_failed_ = 0;
};

}  // namespace shoal::tasks
