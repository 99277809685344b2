// SPDX-License-Identifier: Apache-2.0
// One stream on rank 0: its rounds, what is prepared, handed out, known and folded. Knows ranks by number only.
//
// The order of calls into the job is decided here and nowhere else (advance): what the horizon demands is prepared, then
// the next result is folded, then the next round is opened. Tasks with horizon 0 are prepared when somebody asks (take).
//
// In free rounds (stream_free.cpp) the order is that of arrival, and what was recorded is gone through first.
//
// Tasks are numbered in the stream; positions and the done set count within the round.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "shoal/tasks/coordinator.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/message.hpp"
#include "shoal/tasks/policy.hpp"
#include "tasks/interval_set.hpp"
#include "tasks/result_store.hpp"

namespace shoal::tasks {

class Stream {
 public:
  Stream(Job&, std::int64_t stream, const Policy&, Journal&, Observer*);

  void replay(ResultRun);                            // these three before the first advance
  void replay(Decision);
  void follow(FoldOrder);
  void record(int rank, ResultRun);                  // what a rank handed in
  void advance(std::int64_t n_slots);                // prepares, folds and opens rounds as far as it goes

  bool ended() const { return ended_; }
  bool may_have_work() const;
  std::int64_t available() const;                    // tasks that could be handed out now (at least)
  // False: by a static rule the rank has its share of the present round, a chunk for each of its threads.
  bool may_take(int rank, std::int64_t threads) const;
  // Adds one chunk; false: there is nothing now, or (ahead of need) nothing that should wait behind other work.
  bool take(int rank, std::int64_t n_slots, bool ahead, Assignment&);
  void measure(std::int64_t count, double seconds);  // a rank's thread took so long for so many tasks
  void missing(int rank, const BlobMissing&);
  void lost(int rank);                               // what this rank had is handed out again

  const RoundStart& round_start(std::int64_t round) const { return rounds_.at(round).start; }
  bool knows(std::int64_t round) const { return rounds_.contains(round); }
  bool prefers(int rank) const { return affine_.contains(rank); }  // has a ready task whose blob is there
  std::vector<int> take_preferred();                 // ranks for which that has become true
  std::vector<std::int64_t> take_closed();           // rounds of which nothing will be handed out again

  void add_counts(Counts&) const;

 private:
  enum class State : std::uint8_t { waiting, ready, out, done };
  struct Entry {  // a task of a prepared round
    Bytes payload;
    std::int64_t predecessor = kNoTask;
    std::int32_t rank = -1;  // if out
    State state = State::waiting;
    std::uint64_t group = 0;
  };
  struct Blob {  // left by a done task; state done: kept somewhere (or believed to be)
    Bytes payload;
    std::int64_t predecessor = kNoTask;
    std::int64_t round = 0;
    std::int32_t rank = -1;  // holder; or who computes it again
    State state = State::done;
  };
  struct KnownRound {
    RoundStart start;
    std::shared_ptr<const TaskOrder> order;
    bool has_blobs = false;
  };
  class PendingPayloads;
  class PendingInFree;

  // stream.cpp: rounds, horizon, fold
  bool advance_once();
  void open_round();
  void replay_round();
  void close_round(bool all);
  std::int64_t horizon(std::int64_t task) const;
  bool fold_next();
  bool fold_allowed() const;
  bool prepare_due();
  void prepare_next();
  std::optional<Prepared> decide(std::int64_t task);
  void add_entry(Prepared);
  bool prepare_on_demand() const;
  bool keeps_payloads() const { return info_.window != kUnlimited || info_.free; }
  void end_round_at(std::int64_t end);
  void trim_entries();
  std::int64_t first_task() const { return current_->start.first_task; }
  Entry& entry(std::int64_t task) { return entries_[static_cast<std::size_t>(task - entries_begin_)]; }
  bool has_entry(std::int64_t task) const { return task >= entries_begin_ && task < prepared_end_; }

  // stream_free.cpp: free rounds
  void open_free();
  bool advance_free();
  bool restore_next();
  bool fold_arrived();
  void note_arrival(std::int64_t task);
  std::optional<Prepared> decide_free(std::int64_t task);
  std::int64_t free_limit() const;
  bool room_in_free() const;

  // stream_record.cpp: results
  void record_any(int rank, ResultRun, bool journalled);
  void record_other_order(ResultRun);
  void accept(int rank, ResultRun, std::vector<std::uint32_t> offsets, bool journalled);
  void mark_done(std::int64_t task);
  void note_blobs(int rank, const ResultRun&);
  [[noreturn]] void misfit(const ResultRun&, const char* why) const;

  // stream_work.cpp: who does what
  void place(std::int64_t task);
  void release(std::int64_t predecessor);
  void make_ready(std::int64_t task);
  void unready(std::int64_t task);
  bool is_done(std::int64_t task) const;
  std::int64_t predecessor_of(std::int64_t task);
  bool take_ready(int rank, std::int64_t n_slots, bool ahead, Assignment&);
  std::int64_t favourite(int rank) const;
  bool takes_groups() const;
  bool take_group(int rank, std::int64_t n_slots, bool ahead, Assignment&);
  void leave_group(std::int64_t task);
  bool take_range(int rank, std::int64_t n_slots, Assignment&);
  void dispatch(std::int64_t task, int rank, Assignment&, std::int64_t together = kNoTask);
  std::int64_t ready_chunk() const;

  Job& job_;
  std::int64_t stream_;
  const Policy& policy_;
  Journal& journal_;
  Observer* observer_;
  std::int64_t result_bytes_;
  std::int64_t n_slots_ = 1;                               // of all ranks alive

  std::map<std::int64_t, std::vector<ResultRun>> replay_;  // by round
  std::int64_t round_ = -1;
  Round info_;                                             // of the present round (common payload moved to rounds_)
  std::map<std::int64_t, KnownRound> rounds_;              // the present one, and older ones with blobs
  KnownRound* current_ = nullptr;
  std::int64_t round_end_ = 0;                             // number after the last task, or kUnlimited
  bool ended_ = false;

  std::int64_t folded_ = 0;
  IntervalSet done_;                                       // positions
  ResultStore results_;

  IntervalSet todo_;                                       // unprepared: positions not handed out
  std::map<int, IntervalSet> out_;                         // unprepared: positions handed out, by rank
  ChunkSequence chunks_;
  std::map<int, std::int64_t> taken_;                      // chunks of this round, by rank
  bool shares_hold_ = true;                                // static rules: until a rank is lost, then anybody takes what is left
  double mean_task_seconds_ = 0;

  std::map<std::int64_t, std::vector<Decision>> decisions_;       // replayed, by round
  std::map<std::int64_t, std::vector<std::int64_t>> orders_;      // to follow, by round
  std::deque<Decision> recorded_;                          // of the present round, still to be gone through
  std::deque<std::int64_t> arrived_;                       // free: in the order of folding
  std::set<std::int64_t> followed_;                        // of these: placed before their results arrived
  std::set<std::int64_t> pending_;                         // free: prepared and not folded

  std::int64_t prepared_end_ = 0;
  std::int64_t entries_begin_ = 0;
  std::deque<Entry> entries_;                              // prepared tasks [entries_begin_, prepared_end_)
  std::int64_t n_waiting_ = 0;
  std::int64_t n_out_ = 0;
  std::set<std::int64_t> ready_;
  // Ready tasks by the rank that holds the blob, the latest made last: it is taken first, while its blob is hot. That also
  // lets a rank with little memory finish one chain before the next evicts its blobs.
  std::map<int, std::map<std::int64_t, std::int64_t>> affine_;          // rank -> (number, task)
  std::map<std::int64_t, std::pair<int, std::int64_t>> affine_key_;     // task -> (rank, number)
  std::int64_t n_affine_ = 0;                                           // numbers given
  // Ready tasks that may be run together: of one group, with blobs on one rank (-1: none, or who knows where).
  using GroupKey = std::pair<std::uint64_t, int>;
  std::map<GroupKey, std::set<std::int64_t>> groups_;
  std::map<std::int64_t, GroupKey> group_key_;                    // by task
  std::map<std::int64_t, std::vector<std::int64_t>> waiting_on_;  // by predecessor
  std::map<std::int64_t, Blob> blobs_;
  std::int64_t n_again_ = 0;                               // blobs being computed again

  std::vector<int> preferred_;
  std::vector<std::int64_t> closed_;
  std::int64_t n_done_ = 0;
  std::int64_t n_reused_ = 0;
  std::int64_t n_repeated_ = 0;
};

}  // namespace shoal::tasks
